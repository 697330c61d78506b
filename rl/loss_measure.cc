#include "rl/loss_measure.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace hone {

namespace {

double sum_of(const at::Tensor& values) { return values.detach().sum(at::kDouble).item<double>(); }

/// Shares of the ratios that the clip changes, low and high: over all, and per sequence. At level sequence a sequence
/// without tokens has the ratio 1 and counts; its share at level token does not exist.
void count_clipped(LossMetrics& metrics, const at::Tensor& ratio, const LossTokens& tokens,
                   const GrpoLossConfig& config) {
  const bool per_sequence = config.importance_sampling_level == ImportanceSamplingLevel::sequence;
  const at::Tensor& advantages = per_sequence ? tokens.sequence_advantages : tokens.advantages;
  const double upper = config.loss_type == LossType::cispo ? config.upper_epsilon() : 1.0 + config.upper_epsilon();
  const at::Tensor low = ((ratio < 1.0 - config.epsilon) & (advantages < 0)).to(at::kCPU, at::kByte).contiguous();
  const at::Tensor high = ((ratio > upper) & (advantages > 0)).to(at::kCPU, at::kByte).contiguous();
  const uint8_t* low_flags = low.const_data_ptr<uint8_t>();
  const uint8_t* high_flags = high.const_data_ptr<uint8_t>();

  for (std::size_t s = 0; s < tokens.host_lengths.size(); ++s) {
    double low_count = 0, high_count = 0, count = 0;
    if (per_sequence) {
      low_count = low_flags[s];
      high_count = high_flags[s];
      count = 1.0;
    } else {
      for (auto i = static_cast<std::size_t>(tokens.begin[s]); i < static_cast<std::size_t>(tokens.begin[s + 1]); ++i) {
        low_count += low_flags[i] & tokens.host_mask[i];
        high_count += high_flags[i] & tokens.host_mask[i];
      }
      count = static_cast<double>(tokens.host_lengths[s]);
    }
    metrics.low_clipped += low_count;
    metrics.high_clipped += high_count;
    metrics.ratio_count += count;
    if (count == 0) continue;
    metrics.low_min = std::min(metrics.low_min, low_count / count);
    metrics.high_max = std::max(metrics.high_max, high_count / count);
  }
}

void tally(Tally& result, const at::Tensor& values, std::span<const uint8_t> mask) {
  const at::Tensor host = values.to(at::kCPU, at::kDouble).contiguous();
  const std::span all(host.const_data_ptr<double>(), static_cast<std::size_t>(host.numel()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if ((mask.empty() || mask[i] != 0) && !std::isnan(all[i])) result.add(all[i]);
  }
}

}  // namespace

LossMetrics measure_loss(const LossTerms& terms, const LossTokens& tokens, const GrpoLossConfig& config) {
  LossMetrics metrics;
  metrics.sequences = static_cast<int64_t>(tokens.host_lengths.size());
  for (int64_t length : tokens.host_lengths) metrics.tokens += length;
  count_clipped(metrics, terms.clipped.detach(), tokens, config);
  metrics.has_kl = terms.kl.defined();
  metrics.has_entropy = tokens.entropies.defined();
  metrics.has_policy_loss = config.entropy_coef != 0.0;
  if (metrics.has_kl) metrics.kl_sum = sum_of(terms.kl);
  if (metrics.has_entropy) metrics.entropy_sum = sum_of(tokens.entropies);
  if (terms.phi.defined()) metrics.phi_sum = sum_of(terms.phi);
  metrics.policy_loss = terms.policy_loss.item<double>();
  metrics.abs_log_ratio_sum = sum_of((tokens.logprobs.detach() - tokens.old_logprobs).abs());
  return metrics;
}

SamplerMetrics measure_sampler(const SamplerRatio& ratio, const LossTokens& tokens) {
  SamplerMetrics metrics;
  if (!tokens.sampling_logprobs.defined()) return metrics;
  tally(metrics.difference, (tokens.old_logprobs - tokens.sampling_logprobs).abs(), tokens.host_mask);
  if (ratio.values.defined())
    tally(metrics.ratio, ratio.values, ratio.per_sequence ? std::span<const uint8_t>() : tokens.host_mask);
  return metrics;
}

}  // namespace hone
