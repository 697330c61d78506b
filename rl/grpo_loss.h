// The GRPO family of losses on packed tokens.
//
// Token i of sequence s has the ratio r_i = exp(log pi(i) - log pi_old(i)) and the advantage A_s:
//
//   L_i  = -min(r_i A_s, clip(r_i, 1 - epsilon, 1 + epsilon_high) A_s) + beta KL_i
//
//   KL_i = pi_ref / pi - log(pi_ref / pi) - 1
//
// (DeepSeekMath arXiv:2402.03300, equations 3 and 4), and `aggregate` makes one number of all L_i: there the loss types
// differ (see LossType for the papers). Before that, where asked for, the surrogate of a token is dropped with its sequence
// (off_policy.h), dropped for its low entropy (high_entropy.h), and corrected for the sampler (off_policy.h); after it the mean
// entropy is subtracted with weight entropy_coef. docs/algorithms.md has the formulas.
//
// A step's batch may be cut into micro-batches in any way: with what the step knows as a whole (StepTotals) the micro-batches'
// losses, gradients and metrics add up to those of the whole. (With divisors of the whole step bnpo and dapo are the
// same; TRL's bnpo divides by each micro-batch's tokens times the number of micro-batches, which the caller gets by
// passing that product.)
//
// Thread rule: pure functions; one thread at a time a graph.
#pragma once

#include <cstdint>
#include <span>

#include "policy/torch.h"
#include "rl/grpo_loss_config.h"
#include "rl/loss_metrics.h"

namespace hone {

/// N tokens of S sequences, in order. Tensors are of one floating type on one device. Values at masked tokens do not
/// matter.
struct LossInputs {
  at::Tensor logprobs;      // [N] log pi of the sampled tokens, nats; the loss has its gradient
  at::Tensor old_logprobs;  // [N] before the step's first update; undefined = on-policy: logprobs without gradient
  at::Tensor reference_logprobs;       // [N] under the reference policy; needed when beta > 0
  at::Tensor sampling_logprobs;        // [N] as the sampler saw them, NaN = unknown; needed by the sampler's correction
  at::Tensor entropies;                // [N] nats; with a gradient when entropy_coef is set; may be undefined otherwise
  at::Tensor token_mask;               // [N] bool, false = not in the loss (tool output); undefined = all true
  std::span<const double> advantages;  // [S]
  std::span<const int64_t> sequence_begin;  // [S+1] rising from 0 to N; a sequence may be empty
  std::span<const uint8_t> truncated;       // [S] 1 = cut off without an end, or empty = none
};

/// What the optimiser step knows as a whole, over all micro-batches (and learners).
struct StepTotals {
  double sequences = 0;          // divisor of grpo, sapo, dr_grpo, luspo; masked ones included
  double tokens = 0;             // divisor of bnpo, dapo, cispo, vespo; tokens that count (loss_token_count)
  double entropy_tokens = 0;     // divisor of the entropy bonus: tokens that count and reach entropy_threshold
  double entropy_threshold = 0;  // with top_entropy_quantile < 1: tokens below it leave surrogate and bonus
};

struct LossOutput {
  at::Tensor loss;  // scalar with gradient; the micro-batches' losses add up to the step's
  LossMetrics metrics;
  SamplerMetrics sampler;
};

/// Throws invalid_argument when `config` is out of its limits and internal when shapes do not fit. Log ratios are
/// bounded above by 20, so that an extreme ratio gives a finite loss and gradient (0 beyond the bound).
LossOutput grpo_loss(const LossInputs& inputs, const StepTotals& totals, const GrpoLossConfig& config);

}  // namespace hone
