// The lenient reading of a run's reward: the same answer, wherever it stands in the text. An evaluation that shows both tells a wrong
// answer from a right one in a form that the reward does not accept.
// Thread rule: pure functions.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "rewards/rewarder.h"

namespace hone {

/// The lenient form of the first of `functions` (rewards.functions) that judges answers:
///   math, numeric, multiple_choice   the same settings with extraction "lenient"
///   integer_answer                   numeric with extraction "lenient"
///   exact_match                      math with extraction "lenient"
/// nullopt when none does (code, format, plug-ins...).
std::optional<nlohmann::json> lenient_function(const nlohmann::json& functions);

struct LenientReward {
  std::unique_ptr<Rewarder> rewarder;  // null: none
  std::string name;                    // the rule's
};

/// `choice`: "auto" = lenient_function of `functions_text` (JSON, may be empty), "none", the name of a rule, or an entry of
/// rewards.functions as JSON. Throws invalid_argument.
LenientReward make_lenient_reward(const std::string& choice, const std::string& functions_text);

}  // namespace hone
