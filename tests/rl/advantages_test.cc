#include "rl/advantages.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "proto/base/error.h"

namespace hone {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

GroupAdvantages advantages(const std::vector<double>& rewards, int64_t group, ScaleRewards scale = ScaleRewards::group,
                           const std::vector<double>& weights = {1.0}) {
  return group_advantages(rewards, weights, group, {scale, MultiObjectiveAggregation::sum_then_normalize});
}

TEST(GroupAdvantages, MatchTheDefinitionByHand) {
  const auto result = advantages({1, 0, 0, 1}, 4);
  const double std_dev = std::sqrt(4 * 0.25 / 3);
  EXPECT_NEAR(result.advantages[0], 0.5 / (std_dev + 1e-4), 1e-15);
  EXPECT_NEAR(result.advantages[1], -0.5 / (std_dev + 1e-4), 1e-15);
  EXPECT_DOUBLE_EQ(result.reward.mean, 0.5);
  EXPECT_DOUBLE_EQ(result.reward.std_dev, std_dev);
}

TEST(GroupAdvantages, WithoutScalingAreDifferencesFromTheMean) {
  EXPECT_EQ(advantages({3, 1, 2, 2}, 2, ScaleRewards::none).advantages, (std::vector<double>{1, -1, 0, 0}));
}

GroupAdvantages estimated(const std::vector<double>& rewards, int64_t group, AdvantageEstimator estimator) {
  AdvantageConfig config;
  config.estimator = estimator;
  return group_advantages(rewards, std::vector<double>{1.0}, group, config);
}

TEST(GroupAdvantages, LeaveOneOutComparesWithTheMeanOfTheOthers) {
  const std::vector<double> rewards{1, 0, 0.5, 3, kNaN, 2, kNaN, kNaN, 7};
  const auto result = estimated(rewards, 3, AdvantageEstimator::rloo);
  for (std::size_t i = 0; i < rewards.size(); ++i) {
    double sum = 0.0, count = 0.0;
    for (std::size_t j = i / 3 * 3; j < i / 3 * 3 + 3; ++j) {
      if (j == i || std::isnan(rewards[j])) continue;
      sum += rewards[j];
      count += 1.0;
    }
    const double expected = std::isnan(rewards[i]) || count == 0 ? 0.0 : rewards[i] - sum / count;
    EXPECT_NEAR(result.advantages[i], expected, 1e-15) << i;
  }
}

TEST(GroupAdvantages, ReinforcePlusPlusBaselineIsWhiteOverTheBatch) {
  const std::vector<double> rewards{1, 0, 0.5, 3, 2, 2, 9, 8, 7};
  const auto result = estimated(rewards, 3, AdvantageEstimator::reinforce_plus_plus_baseline);
  std::vector<double> centred;
  for (std::size_t i = 0; i < rewards.size(); ++i)
    centred.push_back(rewards[i] - (rewards[i / 3 * 3] + rewards[i / 3 * 3 + 1] + rewards[i / 3 * 3 + 2]) / 3);
  const double deviation = moments(centred).std_dev;
  for (std::size_t i = 0; i < rewards.size(); ++i)
    EXPECT_NEAR(result.advantages[i], centred[i] / (deviation + 1e-4), 1e-14);
  EXPECT_NEAR(moments(result.advantages).mean, 0.0, 1e-15);
}

TEST(GroupAdvantages, PlainReinforceTakesTheRewardItself) {
  EXPECT_EQ(estimated({1, -2, kNaN, 4}, 2, AdvantageEstimator::reinforce).advantages,
            (std::vector<double>{1, -2, 0, 4}));
}

TEST(GroupAdvantages, ZeroDeviationIsThatOfTheScaleInUse) {
  const std::vector<double> rewards{1, 1, 0, 1};  // one group without spread, a batch with some
  EXPECT_EQ(advantages(rewards, 2).frac_reward_zero_std, 0.5);
  EXPECT_EQ(advantages(rewards, 2, ScaleRewards::batch).frac_reward_zero_std, 0.0);
  EXPECT_EQ(advantages(rewards, 2, ScaleRewards::batch).no_spread_ratio, 0.5);
  EXPECT_EQ(advantages({1, 1, 1, 1}, 2, ScaleRewards::batch).frac_reward_zero_std, 1.0);
}

TEST(GroupAdvantages, EstimatorNamesRoundTrip) {
  for (const auto value : {AdvantageEstimator::grpo, AdvantageEstimator::rloo,
                           AdvantageEstimator::reinforce_plus_plus_baseline, AdvantageEstimator::reinforce})
    EXPECT_EQ(advantage_estimator_from_string(to_string(value)), value);
  EXPECT_THROW(advantage_estimator_from_string("gae"), Error);
}

TEST(GroupAdvantages, AreZeroInAGroupOfEqualRewards) {
  const auto result = advantages({1, 1, 1, 0, 1, 0}, 3);
  EXPECT_EQ(result.advantages[0], 0.0);
  EXPECT_EQ(result.advantages[2], 0.0);
  EXPECT_NE(result.advantages[3], 0.0);
  EXPECT_DOUBLE_EQ(result.frac_reward_zero_std, 0.5);
}

TEST(GroupAdvantages, AMissingRewardLeavesTheBaselineOfItsGroup) {
  const auto with_gap = advantages({1, kNaN, 0}, 3);
  const auto without = advantages({1, 0}, 2);
  EXPECT_EQ(with_gap.advantages[1], 0.0);
  EXPECT_EQ(with_gap.advantages[0], without.advantages[0]);
  EXPECT_EQ(with_gap.advantages[2], without.advantages[1]);
  EXPECT_TRUE(std::isnan(with_gap.rewards[1]));
}

TEST(GroupAdvantages, AreZeroWithNothingToCompareWith) {
  for (ScaleRewards scale : {ScaleRewards::group, ScaleRewards::batch, ScaleRewards::none}) {
    EXPECT_EQ(advantages({1, kNaN, kNaN, kNaN}, 2, scale).advantages, (std::vector<double>{0, 0, 0, 0}));
    EXPECT_EQ(advantages({5}, 1, scale).advantages, (std::vector<double>{0}));
  }
}

TEST(GroupAdvantages, WeighTheFunctionsThatScored) {
  const auto result = advantages({1, 2, kNaN, 4}, 2, ScaleRewards::none, {1.0, 0.5});
  EXPECT_EQ(result.rewards, (std::vector<double>{2, 2}));
  ASSERT_EQ(result.functions.size(), 2u);
  EXPECT_EQ(result.functions[0].mean, 1.0);
  EXPECT_TRUE(std::isnan(result.functions[0].std_dev));
  EXPECT_EQ(result.functions[1].mean, 3.0);
}

TEST(GroupAdvantages, OfAnEmptyBatchAreEmpty) {
  const auto result = advantages({}, 4);
  EXPECT_TRUE(result.advantages.empty());
  EXPECT_EQ(result.frac_reward_zero_std, 0.0);
  EXPECT_TRUE(std::isnan(result.reward.mean));
}

TEST(GroupAdvantages, RejectSizesThatDoNotFitAndInfinities) {
  EXPECT_THROW(advantages({1, 2, 3}, 2), Error);
  EXPECT_THROW(advantages({1, 2}, 0), Error);
  EXPECT_THROW(advantages({1, 2}, 2, ScaleRewards::group, {}), Error);
  EXPECT_THROW(advantages({1, std::numeric_limits<double>::infinity()}, 2), Error);
  EXPECT_THROW(advantages({1, 2}, 2, ScaleRewards::group, {kNaN}), Error);
}

TEST(GroupAdvantages, NamesRoundTrip) {
  for (ScaleRewards value : {ScaleRewards::group, ScaleRewards::batch, ScaleRewards::none}) {
    EXPECT_EQ(scale_rewards_from_string(to_string(value)), value);
  }
  for (auto value : {MultiObjectiveAggregation::sum_then_normalize, MultiObjectiveAggregation::normalize_then_sum}) {
    EXPECT_EQ(multi_objective_aggregation_from_string(to_string(value)), value);
  }
  EXPECT_THROW(scale_rewards_from_string("groups"), Error);
  EXPECT_THROW(multi_objective_aggregation_from_string(""), Error);
}

}  // namespace
}  // namespace hone
