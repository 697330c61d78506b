// Rules that score text. A function sees a whole group at once (some rules compare completions) and returns one component a
// completion. Rules are pure: same group, same scores, on any thread and machine. No torch.
//
// Register a rule with one table row in rewards/registry.cc. Its settings come from the config entry
// {"name": "overlong", "weight": 0.5, "max_completion_length": 256, ...}: unknown keys are errors.
// Keys of every entry: name, weight, label (its name in metrics and for gates), only_if, only_if_not (rewards/gate.h).
// Thread rule: score() is const and may run on several threads at once.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
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
  /// The function whose verdict this one reads from each completion's components, "" if none. It must stand earlier in the list.
  virtual std::string judge() const { return ""; }
};

struct RewardFunctionInfo {
  std::string name;
  std::string summary;   // one line
  std::string settings;  // one line per setting: "max_completion_length (integer, required): ..."
};

/// All registered rules, sorted by name.
std::vector<RewardFunctionInfo> reward_functions();

/// `settings` is the config entry without the keys of every entry. Throws invalid_argument with `source` (a JSON path), the key, and for an
/// unknown name or key the nearest known one.
std::unique_ptr<RewardFunction> make_reward_function(const std::string& name, const nlohmann::json& settings,
                                                     const std::string& source);

}  // namespace hone
