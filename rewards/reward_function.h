// Rules that score text. A function sees a whole group at once (some rules compare completions) and returns one component a
// completion. Rules are pure: same group, same scores, on any thread and machine. No torch.
//
// Register a rule with one table row in rewards/registry.cc. Its settings come from the config entry
// {"name": "overlong", "weight": 0.5, "max_completion_length": 256, ...}: unknown keys are errors.
// Thread rule: score() is const and may run on several threads at once.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/trace.h"

namespace hone {

class RewardFunction {
 public:
  virtual ~RewardFunction() = default;
  /// One component per completion, in order; names are filled in by the caller. Must not throw for any text.
  virtual std::vector<RewardComponent> score(const Group& group) const = 0;
  /// score(), which a rule that can take long overrides to give up early: it throws cancelled once `stop` is
  /// requested (the caller is gone, or its deadline has passed). By default `stop` is not looked at.
  virtual std::vector<RewardComponent> score_until(const Group& group, const std::stop_token& stop) const;
};

struct RewardFunctionInfo {
  std::string name;
  std::string summary;   // one line
  std::string settings;  // one line per setting: "max_completion_length (integer, required): ..."
};

/// All registered rules, sorted by name.
std::vector<RewardFunctionInfo> reward_functions();

/// `settings` is the config entry without name and weight. Throws invalid_argument with `source` (a JSON path), the key, and for an
/// unknown name or key the nearest known one.
std::unique_ptr<RewardFunction> make_reward_function(const std::string& name, const nlohmann::json& settings,
                                                     const std::string& source);

}  // namespace hone
