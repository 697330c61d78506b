// The loss's metrics from its tensors. Internal to the loss.
// Thread rule: pure functions.
#pragma once

#include "rl/loss_metrics.h"
#include "rl/loss_tokens.h"
#include "rl/off_policy.h"

namespace hone {

/// Of one evaluation of the loss; no tensor's graph is touched.
struct LossTerms {
  at::Tensor clipped;      // ratios that the clip metrics count: [N], or [S] at level sequence
  at::Tensor kl;           // [N] or undefined
  at::Tensor phi;          // [S] vespo's weight, or undefined
  at::Tensor policy_loss;  // scalar
};
LossMetrics measure_loss(const LossTerms& terms, const LossTokens& tokens, const GrpoLossConfig& config);

/// Empty when the sampler's log-probabilities are not given.
SamplerMetrics measure_sampler(const SamplerRatio& ratio, const LossTokens& tokens);

}  // namespace hone
