// Scores groups: the weighted sum of reward functions, here or on a reward server.
// Thread rule: score() may be called from several threads at once.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
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
  /// score() that throws cancelled, with the rewards left half done, soon after `stop` is requested: between two
  /// functions, or earlier where a function can. By default `stop` is not looked at.
  virtual void score_until(Group& group, const std::stop_token& stop);
  /// Names and weights of the functions, in order.
  virtual std::vector<std::pair<std::string, double>> functions() const = 0;
  /// How many score() calls at once are worth making; at least 1.
  virtual int concurrency() const { return 1; }
  /// The functions' other settings, in the same order, each as a JSON object on one line with sorted keys; no element
  /// when they are not known. Two rewarders with equal functions() and settings() give equal scores.
  virtual std::vector<std::string> settings() const { return {}; }
};

/// Watches a local rewarder at work. Called from the threads that score, several at once; must not throw.
class RewardObserver {
 public:
  virtual ~RewardObserver() = default;
  /// `function` took `seconds` for `group`; `components` are its results, one a completion.
  virtual void function_scored(const std::string& function, const Group& group, double seconds,
                               std::span<const RewardComponent> components) = 0;
};

/// `config` is the `rewards.functions` array: [{"name", "weight" (default 1), settings...}]. Throws invalid_argument.
/// `observer`, if any, must outlive the rewarder.
std::unique_ptr<Rewarder> make_local_rewarder(const nlohmann::json& config, const std::string& source,
                                              RewardObserver* observer = nullptr);

/// Sum rule shared by all rewarders: score = sum of weight * component over scored components; outcome error if any component
/// erred, skipped if none was scored, else scored.
void combine(Reward& reward, const std::vector<double>& weights);

}  // namespace hone
