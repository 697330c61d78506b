// Ties one reward function to the verdict of another: the config keys "only_if" and "only_if_not" of an entry of
// rewards.functions.
//
//   {"name": "math"},
//   {"name": "overlong", "only_if": "math", ...}        counts where math gave 1 or more
//   {"name": "word_count", "only_if_not": "math", ...}  counts where math gave less than 1
//   {"name": "repetition", "only_if": {"name": "math", "at_least": 0.5}, ...}
//   {"name": "repetition", "only_if_not": {"name": "math", "at_least": 0.5}, ...}
//
// The function named stands earlier in the list. Where it did not score the completion itself (skipped, error), neither form
// counts. A component that does not count is skipped: it adds nothing, and leaves its function's mean and deviation.
// Thread rule: immutable.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>

#include "proto/base/trace.h"
#include "rewards/settings.h"

namespace hone {

class Gate {
 public:
  /// The gate of an entry, if it has one. `earlier` are the labels of the entries before it. Throws invalid_argument.
  static std::optional<Gate> read(Settings& entry, std::span<const std::string> earlier);

  /// Replaces `component` by a skipped one where the gate is closed for `completion`, whose earlier components are filled in.
  void apply(const Completion& completion, RewardComponent& component) const;

 private:
  std::string judge_;
  double at_least_ = 1.0;
  bool inverted_ = false;
};

/// The completion's component of that name; nullptr where there is none.
const RewardComponent* component_named(const Completion& completion, const std::string& name);

/// Throws "<entry>/<key>: ..." unless `name` is one of `earlier`.
void require_earlier(const Settings& entry, const std::string& key, const std::string& name,
                     std::span<const std::string> earlier);

}  // namespace hone
