// What to do when completions come from another policy than the one that is trained: correct the surrogate by pi_old / pi_sampler,
// or drop the sequences that drifted too far. A sampler's log-probability that is NaN is unknown: it corrects nothing.
// Thread rule: pure functions.
#pragma once

#include "rl/loss_tokens.h"

namespace hone {

/// Truncated or masked importance sampling: exp(log pi_old - log pi_sampler) of each token, or of each sequence (product over its
/// tokens), cut to the bounds, or 0 outside them. No gradient.
struct SamplerRatio {
  at::Tensor values;  // [N] or [S]; undefined = no correction
  bool per_sequence = false;

  at::Tensor at_tokens(const LossTokens& tokens) const { return per_sequence ? tokens.at_tokens(values) : values; }
};
SamplerRatio sampler_ratio(const LossTokens& tokens, const GrpoLossConfig& config);

/// Off-policy sequence masking, DeepSeek-V3.2 (arXiv:2512.02556, equation 9): 0 for sequences with a negative advantage whose mean
/// of log pi_sampler - log pi exceeds the threshold, else 1. [S]
at::Tensor off_policy_mask(const LossTokens& tokens, double threshold);

}  // namespace hone
