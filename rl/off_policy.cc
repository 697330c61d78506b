#include "rl/off_policy.h"

namespace hone {

SamplerRatio sampler_ratio(const LossTokens& tokens, const GrpoLossConfig& config) {
  const SamplerCorrection mode = config.sampler_importance_sampling;
  if (mode == SamplerCorrection::none) return {};
  SamplerRatio ratio;
  ratio.per_sequence = mode == SamplerCorrection::sequence_truncate || mode == SamplerCorrection::sequence_mask;
  at::Tensor difference = at::nan_to_num(tokens.old_logprobs - tokens.sampling_logprobs, 0.0);
  if (ratio.per_sequence) difference = tokens.sum_per_sequence(difference);
  const at::Tensor unbounded = bounded_exp(difference);
  const std::optional<double>&low = config.sampler_is_clip_min, &high = config.sampler_is_clip_max;

  ratio.values = unbounded;
  if (mode == SamplerCorrection::token_mask || mode == SamplerCorrection::sequence_mask) {
    if (low) ratio.values = ratio.values.masked_fill(unbounded < *low, 0.0);
    if (high) ratio.values = ratio.values.masked_fill(unbounded > *high, 0.0);
  } else {
    if (low) ratio.values = ratio.values.clamp_min(*low);
    if (high) ratio.values = ratio.values.clamp_max(*high);
  }
  return ratio;
}

at::Tensor off_policy_mask(const LossTokens& tokens, double threshold) {
  const at::Tensor& sampled = tokens.sampling_logprobs.defined() ? tokens.sampling_logprobs : tokens.old_logprobs;
  const at::Tensor drift = at::nan_to_num(sampled - tokens.logprobs.detach(), 0.0);
  const at::Tensor mean_drift = tokens.sum_per_sequence(drift) / tokens.lengths;
  return ((tokens.sequence_advantages >= 0) | (mean_drift <= threshold)).to(drift.scalar_type());
}

}  // namespace hone
