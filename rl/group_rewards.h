// Rewards of a step's groups -> advantages and TRL's reward metrics. No torch.
// Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "proto/base/trace.h"
#include "rl/grpo_section.h"
#include "rl/metrics.h"

namespace hone {

/// Names and weights of the reward functions, in the order of each reward's components.
using RewardFunctions = std::vector<std::pair<std::string, double>>;

/// Fills group.advantages. A component that was skipped leaves its function's mean; a completion whose reward is not `scored`
/// leaves its group's baseline and gets advantage 0.
void set_advantages(std::span<Group> groups, const RewardFunctions& functions, const GrpoSection& config);

/// reward, reward_std, frac_reward_zero_std, groups/no_spread_ratio, rewards/<name>/{mean,std}, over all of `groups`.
void add_reward_metrics(std::span<const Group> groups, const RewardFunctions& functions, const GrpoSection& config,
                        Metrics& metrics);

}  // namespace hone
