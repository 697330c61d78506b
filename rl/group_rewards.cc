#include "rl/group_rewards.h"

#include <limits>

#include "proto/base/error.h"
#include "rl/advantages.h"

namespace hone {
namespace {

GroupAdvantages evaluate(std::span<const Group> groups, const RewardFunctions& functions, const GrpoSection& config) {
  const double missing = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> rewards;
  for (const Group& group : groups) {
    for (const Completion& c : group.completions) {
      HONE_CHECK(c.reward.components.size() == functions.size(), "one reward component a function");
      for (const RewardComponent& part : c.reward.components) {
        const bool counts = c.reward.outcome == Outcome::scored && part.outcome == Outcome::scored;
        rewards.push_back(counts ? part.score : missing);
      }
    }
  }
  std::vector<double> weights;
  for (const auto& [name, weight] : functions) weights.push_back(weight);
  return group_advantages(rewards, weights, config.num_generations, advantage_config(config));
}

}  // namespace

void set_advantages(std::span<Group> groups, const RewardFunctions& functions, const GrpoSection& config) {
  const GroupAdvantages result = evaluate(groups, functions, config);
  std::size_t row = 0;
  for (Group& group : groups) {
    const auto begin = result.advantages.begin() + static_cast<std::ptrdiff_t>(row);
    group.advantages.assign(begin, begin + static_cast<std::ptrdiff_t>(group.completions.size()));
    row += group.completions.size();
  }
}

void add_reward_metrics(std::span<const Group> groups, const RewardFunctions& functions, const GrpoSection& config,
                        Metrics& metrics) {
  const GroupAdvantages result = evaluate(groups, functions, config);
  metrics.set("reward", result.reward.mean);
  metrics.set("reward_std", result.reward.std_dev);
  metrics.set("frac_reward_zero_std", result.frac_reward_zero_std);
  metrics.set("groups/no_spread_ratio", result.no_spread_ratio);
  for (std::size_t k = 0; k < functions.size(); ++k) {
    metrics.set("rewards/" + functions[k].first + "/mean", result.functions[k].mean);
    metrics.set("rewards/" + functions[k].first + "/std", result.functions[k].std_dev);
  }
}

}  // namespace hone
