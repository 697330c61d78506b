// Advantages: how much better a completion is than what was to be expected, mostly than the others of its prompt.
//
// DeepSeekMath (arXiv:2402.03300, section 4.1): A_i = (r_i - mean(r)) / (std(r) + 1e-4) over the G completions of one
// prompt, with the n-1 standard deviation. scale_rewards `none` leaves out the division (Dr. GRPO, arXiv:2503.20783),
// `batch` divides by the standard deviation over all rewards. Values and metrics equal TRL's to 1e-10
// (tests/reference/grpo). The other estimators:
//
//   rloo                          A_i = r_i - mean of the other completions' r (arXiv:2402.14740)
//   reinforce_plus_plus_baseline  B_i = r_i - mean(r) in the group; A_i = (B_i - mean(B)) / (std(B) + 1e-4) over the batch
//                                 (arXiv:2501.03262)
//   reinforce                     A_i = r_i, no baseline (Williams 1992)
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hone {

enum class ScaleRewards : uint8_t { group, batch, none };
std::string_view to_string(ScaleRewards value);
ScaleRewards scale_rewards_from_string(std::string_view name);  // throws invalid_argument

enum class MultiObjectiveAggregation : uint8_t {
  sum_then_normalize,  // r_i = sum of weight_k * r_ik, then the advantage as above
  normalize_then_sum,  // each function normalised within its group, weighted sum, then normalised over the batch
};
std::string_view to_string(MultiObjectiveAggregation value);
MultiObjectiveAggregation multi_objective_aggregation_from_string(std::string_view name);  // throws invalid_argument

enum class AdvantageEstimator : uint8_t { grpo, rloo, reinforce_plus_plus_baseline, reinforce };
std::string_view to_string(AdvantageEstimator value);
AdvantageEstimator advantage_estimator_from_string(std::string_view name);  // throws invalid_argument

struct AdvantageConfig {
  ScaleRewards scale_rewards = ScaleRewards::group;  // applies to estimator grpo with sum_then_normalize
  MultiObjectiveAggregation multi_objective_aggregation =
      MultiObjectiveAggregation::sum_then_normalize;  // of estimator grpo
  AdvantageEstimator estimator = AdvantageEstimator::grpo;
};

/// Mean and n-1 standard deviation over the entries that are not NaN. mean is NaN without entries, std is NaN with
/// fewer than two.
struct Moments {
  double mean = 0.0;
  double std_dev = 0.0;
};
Moments moments(std::span<const double> values);

struct GroupAdvantages {
  std::vector<double> advantages;   // [B]; 0 where the sample has no reward or no other sample to compare with
  std::vector<double> rewards;      // [B] weighted sums; NaN where no function scored the sample
  Moments reward;                   // over the batch: TRL's `reward` and `reward_std`
  std::vector<Moments> functions;   // [K] over the batch: TRL's `rewards/<name>/mean` and `/std`
  double frac_reward_zero_std = 0;  // TRL's: share of rows whose deviation (of the scale in use) is 0
  double no_spread_ratio = 0;       // share of groups with two or more rewards, all equal
};

/// Rewards whose deviation is at most this are equal.
inline constexpr double kZeroStd = 1e-8;

/// `rewards_per_function` is row-major [B][K], NaN = not scored; groups are consecutive runs of `num_generations` rows;
/// `weights` is [K]. A sample without any score leaves mean and deviation of its group and gets advantage 0. Throws
/// invalid_argument when the sizes do not fit or a reward or weight is infinite.
GroupAdvantages group_advantages(std::span<const double> rewards_per_function, std::span<const double> weights,
                                 int64_t num_generations, const AdvantageConfig& config);

}  // namespace hone
