#include "rl/advantages.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "proto/base/error.h"

namespace hone {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kStdEpsilon = 1e-4;

struct Batch {
  std::span<const double> rewards;  // [rows][functions]
  std::span<const double> weights;
  std::size_t rows;
  std::size_t functions;
  std::size_t group_size;
};

Batch check_sizes(std::span<const double> rewards, std::span<const double> weights, int64_t num_generations) {
  if (weights.empty())
    throw Error(ErrorCode::invalid_argument, "group_advantages: no reward functions; at least 1 is needed");
  if (num_generations < 1) {
    throw Error(ErrorCode::invalid_argument,
                "group_advantages: num_generations " + std::to_string(num_generations) + " must be at least 1");
  }
  const auto group_size = static_cast<std::size_t>(num_generations);
  if (rewards.size() % weights.size() != 0 || (rewards.size() / weights.size()) % group_size != 0) {
    throw Error(ErrorCode::invalid_argument, "group_advantages: " + std::to_string(rewards.size()) +
                                                 " rewards are not whole groups of " + std::to_string(num_generations) +
                                                 " rows with " + std::to_string(weights.size()) + " functions");
  }
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (!std::isfinite(weights[k])) {
      throw Error(ErrorCode::invalid_argument,
                  "group_advantages: weight of reward function " + std::to_string(k) + " is not finite");
    }
  }
  for (std::size_t i = 0; i < rewards.size(); ++i) {
    if (std::isinf(rewards[i])) {
      throw Error(ErrorCode::invalid_argument, "group_advantages: reward of row " + std::to_string(i / weights.size()) +
                                                   ", function " + std::to_string(i % weights.size()) +
                                                   " is infinite; rewards must be finite numbers");
    }
  }
  return {rewards, weights, rewards.size() / weights.size(), weights.size(), group_size};
}

/// Column k of rows [begin, end).
std::vector<double> column(const Batch& batch, std::size_t k, std::size_t begin, std::size_t end) {
  std::vector<double> values;
  values.reserve(end - begin);
  for (std::size_t i = begin; i < end; ++i) values.push_back(batch.rewards[i * batch.functions + k]);
  return values;
}

/// Weighted sum of `scores` over the functions that have one; NaN for a row that no function rewarded.
std::vector<double> weighted_sums(const Batch& batch, std::span<const double> scores) {
  std::vector<double> sums(batch.rows, kNaN);
  for (std::size_t i = 0; i < batch.rows; ++i) {
    for (std::size_t k = 0; k < batch.functions; ++k) {
      const std::size_t at = i * batch.functions + k;
      if (std::isnan(sums[i]) && !std::isnan(batch.rewards[at])) sums[i] = 0.0;
    }
    for (std::size_t k = 0; k < batch.functions; ++k) {
      const double score = scores[i * batch.functions + k];
      if (!std::isnan(score)) sums[i] += batch.weights[k] * score;
    }
  }
  return sums;
}

/// In place: (v - mean) / (deviation + 1e-4) over all values; returns the deviation.
double whiten(std::vector<double>& values) {
  const auto [mean, deviation] = moments(values);
  for (double& value : values) value = (value - mean) / (deviation + kStdEpsilon);
  return deviation;
}

/// (r - group mean) / (deviation + 1e-4), the deviation being the group's, the batch's, or left out.
std::vector<double> sum_then_normalize(const Batch& batch, const std::vector<double>& rewards, ScaleRewards scale) {
  std::vector<double> advantages(batch.rows);
  const double batch_std = moments(rewards).std_dev;
  for (std::size_t begin = 0; begin < batch.rows; begin += batch.group_size) {
    const auto [mean, group_std] = moments(std::span(rewards).subspan(begin, batch.group_size));
    const double divisor = scale == ScaleRewards::none    ? 1.0
                           : scale == ScaleRewards::batch ? batch_std + kStdEpsilon
                                                          : group_std + kStdEpsilon;
    for (std::size_t i = begin; i < begin + batch.group_size; ++i) advantages[i] = (rewards[i] - mean) / divisor;
  }
  return advantages;
}

/// Also gives the deviation that the second normalisation divides by.
std::vector<double> normalize_then_sum(const Batch& batch, double& deviation) {
  std::vector<double> scores(batch.rewards.begin(), batch.rewards.end());
  for (std::size_t begin = 0; begin < batch.rows; begin += batch.group_size) {
    for (std::size_t k = 0; k < batch.functions; ++k) {
      const auto [mean, group_std] = moments(column(batch, k, begin, begin + batch.group_size));
      for (std::size_t i = begin; i < begin + batch.group_size; ++i) {
        double& score = scores[i * batch.functions + k];
        score = (score - mean) / (group_std + kStdEpsilon);
      }
    }
  }
  std::vector<double> advantages = weighted_sums(batch, scores);
  deviation = whiten(advantages);
  return advantages;
}

/// r_i less the mean of the group's other rewards; a sample without others has none (NaN).
std::vector<double> leave_one_out(const Batch& batch, const std::vector<double>& rewards) {
  std::vector<double> advantages(batch.rows);
  for (std::size_t begin = 0; begin < batch.rows; begin += batch.group_size) {
    double sum = 0.0, count = 0.0;
    for (std::size_t i = begin; i < begin + batch.group_size; ++i) {
      if (std::isnan(rewards[i])) continue;
      sum += rewards[i];
      count += 1.0;
    }
    for (std::size_t i = begin; i < begin + batch.group_size; ++i)
      advantages[i] = count > 1.0 ? rewards[i] - (sum - rewards[i]) / (count - 1.0) : kNaN;
  }
  return advantages;
}

double share_of_groups_without_spread(const Batch& batch, const std::vector<double>& rewards) {
  if (batch.rows == 0) return 0.0;
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < batch.rows; begin += batch.group_size) {
    if (moments(std::span(rewards).subspan(begin, batch.group_size)).std_dev <= kZeroStd) ++count;
  }
  return static_cast<double>(count) / static_cast<double>(batch.rows / batch.group_size);
}

}  // namespace

std::string_view to_string(ScaleRewards value) {
  switch (value) {
    case ScaleRewards::group: return "group";
    case ScaleRewards::batch: return "batch";
    case ScaleRewards::none: return "none";
  }
  return "unknown";
}

ScaleRewards scale_rewards_from_string(std::string_view name) {
  for (ScaleRewards value : {ScaleRewards::group, ScaleRewards::batch, ScaleRewards::none}) {
    if (name == to_string(value)) return value;
  }
  throw Error(ErrorCode::invalid_argument, "scale_rewards \"" + std::string(name) + "\": known are group, batch, none");
}

std::string_view to_string(MultiObjectiveAggregation value) {
  return value == MultiObjectiveAggregation::sum_then_normalize ? "sum_then_normalize" : "normalize_then_sum";
}

MultiObjectiveAggregation multi_objective_aggregation_from_string(std::string_view name) {
  for (auto value : {MultiObjectiveAggregation::sum_then_normalize, MultiObjectiveAggregation::normalize_then_sum}) {
    if (name == to_string(value)) return value;
  }
  throw Error(ErrorCode::invalid_argument, "multi_objective_aggregation \"" + std::string(name) +
                                               "\": known are sum_then_normalize, normalize_then_sum");
}

std::string_view to_string(AdvantageEstimator value) {
  switch (value) {
    case AdvantageEstimator::grpo: return "grpo";
    case AdvantageEstimator::rloo: return "rloo";
    case AdvantageEstimator::reinforce_plus_plus_baseline: return "reinforce_plus_plus_baseline";
    case AdvantageEstimator::reinforce: return "reinforce";
  }
  return "unknown";
}

AdvantageEstimator advantage_estimator_from_string(std::string_view name) {
  for (auto value : {AdvantageEstimator::grpo, AdvantageEstimator::rloo,
                     AdvantageEstimator::reinforce_plus_plus_baseline, AdvantageEstimator::reinforce}) {
    if (name == to_string(value)) return value;
  }
  throw Error(ErrorCode::invalid_argument, "advantage_estimator \"" + std::string(name) +
                                               "\": known are grpo, rloo, reinforce_plus_plus_baseline, reinforce");
}

Moments moments(std::span<const double> values) {
  double sum = 0.0;
  std::size_t count = 0;
  for (double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  if (count == 0) return {kNaN, kNaN};
  const double mean = sum / static_cast<double>(count);
  if (count == 1) return {mean, kNaN};
  double squares = 0.0;
  for (double value : values) {
    if (!std::isnan(value)) squares += (value - mean) * (value - mean);
  }
  return {mean, std::sqrt(squares / static_cast<double>(count - 1))};
}

GroupAdvantages group_advantages(std::span<const double> rewards_per_function, std::span<const double> weights,
                                 int64_t num_generations, const AdvantageConfig& config) {
  const Batch batch = check_sizes(rewards_per_function, weights, num_generations);
  GroupAdvantages result;
  result.rewards = weighted_sums(batch, batch.rewards);
  result.reward = moments(result.rewards);
  for (std::size_t k = 0; k < batch.functions; ++k)
    result.functions.push_back(moments(column(batch, k, 0, batch.rows)));
  result.no_spread_ratio = share_of_groups_without_spread(batch, result.rewards);
  result.frac_reward_zero_std = result.no_spread_ratio;
  const auto whole_batch = [](double deviation) { return std::abs(deviation) <= kZeroStd ? 1.0 : 0.0; };

  switch (config.estimator) {
    case AdvantageEstimator::grpo:
      if (config.multi_objective_aggregation == MultiObjectiveAggregation::normalize_then_sum) {
        double deviation = 0.0;
        result.advantages = normalize_then_sum(batch, deviation);
        result.frac_reward_zero_std = whole_batch(deviation);
      } else {
        result.advantages = sum_then_normalize(batch, result.rewards, config.scale_rewards);
        if (config.scale_rewards == ScaleRewards::batch)
          result.frac_reward_zero_std = whole_batch(result.reward.std_dev);
      }
      break;
    case AdvantageEstimator::rloo: result.advantages = leave_one_out(batch, result.rewards); break;
    case AdvantageEstimator::reinforce_plus_plus_baseline:
      result.advantages = sum_then_normalize(batch, result.rewards, ScaleRewards::none);
      whiten(result.advantages);
      break;
    case AdvantageEstimator::reinforce: result.advantages = result.rewards; break;
  }
  for (double& advantage : result.advantages) {
    if (!std::isfinite(advantage)) advantage = 0.0;
  }
  return result;
}

}  // namespace hone
