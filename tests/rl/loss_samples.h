// Random inputs of the loss, and loss and gradients of any run of their sequences with the totals of the whole.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "proto/base/random.h"
#include "rl/grpo_loss.h"
#include "rl/high_entropy.h"

namespace hone {

inline constexpr LossType kTypes[] = {LossType::grpo,  LossType::bnpo, LossType::dr_grpo, LossType::dapo,
                                      LossType::cispo, LossType::sapo, LossType::luspo,   LossType::vespo};
inline constexpr ImportanceSamplingLevel kLevels[] = {ImportanceSamplingLevel::token,
                                                      ImportanceSamplingLevel::sequence};

inline GrpoLossConfig make_config(LossType type, ImportanceSamplingLevel level) {
  GrpoLossConfig config;
  config.loss_type = type;
  config.importance_sampling_level = level;
  config.beta = 0.05;
  config.mask_truncated_completions = true;
  config.max_completion_length = 9;
  if (type == LossType::cispo) config.epsilon_high = 1.2;
  return config;
}

/// Sequences of random log-probabilities; some are empty, some truncated.
struct Sample {
  std::vector<int64_t> begin{0};
  std::vector<double> logprobs, old, reference, sampling, entropies, advantages;
  std::vector<uint8_t> truncated;
};

inline Sample random_sample(std::size_t sequences, uint64_t seed) {
  PhiloxStream random(seed);
  Sample sample;
  for (std::size_t s = 0; s < sequences; ++s) {
    const uint64_t length = s == 1 ? 0 : 1 + random.next_below(7);
    for (uint64_t t = 0; t < length; ++t) {
      sample.logprobs.push_back(-3.0 * random.next_uniform());
      sample.old.push_back(sample.logprobs.back() + random.next_uniform() - 0.5);
      sample.reference.push_back(sample.logprobs.back() + random.next_uniform() - 0.5);
      sample.sampling.push_back(sample.old.back() + random.next_uniform() - 0.5);
      sample.entropies.push_back(random.next_uniform());
    }
    sample.begin.push_back(static_cast<int64_t>(sample.logprobs.size()));
    sample.advantages.push_back(2.0 * random.next_uniform() - 1.0);
    sample.truncated.push_back(s % 4 == 3 ? 1 : 0);
  }
  return sample;
}

struct Result {
  double loss = 0.0;
  std::vector<double> gradient, entropy_gradient;
  LossMetrics metrics;
  SamplerMetrics sampler;
};

inline StepTotals totals_of(const Sample& sample, const GrpoLossConfig& config) {
  StepTotals totals;
  totals.sequences = static_cast<double>(sample.advantages.size());
  totals.tokens = static_cast<double>(loss_token_count(config, sample.begin, sample.truncated));
  std::vector<double> entropies;
  for (std::size_t s = 0; s < sample.advantages.size(); ++s) {
    if (config.mask_truncated_completions && sample.truncated[s] != 0) continue;
    entropies.insert(entropies.end(), sample.entropies.begin() + sample.begin[s],
                     sample.entropies.begin() + sample.begin[s + 1]);
  }
  const HighEntropy high = high_entropy(entropies, config.top_entropy_quantile);
  totals.entropy_threshold = high.threshold;
  totals.entropy_tokens =
      static_cast<double>(config.top_entropy_quantile < 1.0 ? high.count : static_cast<int64_t>(entropies.size()));
  return totals;
}

/// Loss and gradients of sequences [first, last) with the totals of the whole sample.
inline Result evaluate(const Sample& sample, std::size_t first, std::size_t last, const GrpoLossConfig& config) {
  const auto slice = [&](const std::vector<double>& values) {
    return at::tensor(std::vector<double>(values.begin() + sample.begin[first], values.begin() + sample.begin[last]),
                      at::kDouble);
  };
  const auto gradient_of = [](const at::Tensor& leaf) {
    if (!leaf.grad().defined()) return std::vector<double>(static_cast<std::size_t>(leaf.numel()), 0.0);
    const at::Tensor gradient = leaf.grad().contiguous();
    return std::vector<double>(gradient.const_data_ptr<double>(), gradient.const_data_ptr<double>() + gradient.numel());
  };
  std::vector<int64_t> begin;
  for (std::size_t s = first; s <= last; ++s) begin.push_back(sample.begin[s] - sample.begin[first]);
  LossInputs inputs;
  inputs.logprobs = slice(sample.logprobs).requires_grad_(true);
  inputs.old_logprobs = slice(sample.old);
  inputs.reference_logprobs = slice(sample.reference);
  inputs.sampling_logprobs = slice(sample.sampling);
  inputs.entropies = slice(sample.entropies).requires_grad_(true);
  inputs.advantages = std::span(sample.advantages).subspan(first, last - first);
  inputs.sequence_begin = begin;
  inputs.truncated = std::span(sample.truncated).subspan(first, last - first);
  const LossOutput output = grpo_loss(inputs, totals_of(sample, config), config);
  output.loss.backward();
  return {output.loss.item<double>(), gradient_of(inputs.logprobs), gradient_of(inputs.entropies), output.metrics,
          output.sampler};
}

}  // namespace hone
