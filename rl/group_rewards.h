// Rewards of a step's groups -> advantages and TRL's reward metrics. No torch.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "proto/base/trace.h"
#include "rl/config.h"
#include "rl/metrics.h"

namespace hone {

/// Fills group.advantages. A component that was skipped leaves its function's mean; a completion whose reward is not `scored`
/// leaves its group's baseline and gets advantage 0. Adds reward, reward_std, frac_reward_zero_std, rewards/<name>/{mean,std}.
void add_group_rewards(std::vector<Group>& groups, const std::vector<std::pair<std::string, double>>& functions,
                       const GrpoSection& config, Metrics& metrics);

}  // namespace hone
