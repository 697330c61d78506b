// Scores groups: the weighted sum of reward functions, here or on a reward server.
// Thread rule: score() may be called from several threads at once.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "proto/base/trace.h"
#include "rewards/reward_function.h"

namespace hone {

class Rewarder {
 public:
  virtual ~Rewarder() = default;
  /// Fills completion.reward of every completion. A rule that throws gives Outcome::error for that component (retried once).
  /// A remote rewarder throws unavailable / deadline_exceeded when its retries are used up: an outage never becomes a zero.
  virtual void score(Group& group) = 0;
  /// Names and weights of the functions, in order.
  virtual std::vector<std::pair<std::string, double>> functions() const = 0;
};

/// `config` is the `rewards.functions` array: [{"name", "weight" (default 1), "label", "only_if", "only_if_not", settings...}].
/// Throws invalid_argument.
std::unique_ptr<Rewarder> make_local_rewarder(const nlohmann::json& config, const std::string& source);

/// Sum rule shared by all rewarders: score = sum of weight * component over scored components; outcome error if any component
/// erred, skipped if none was scored, else scored.
void combine(Reward& reward, const std::vector<double>& weights);

}  // namespace hone
