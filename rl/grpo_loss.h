// The GRPO family of losses on packed tokens.
//
// Token i of sequence s has the ratio r_i = exp(log pi(i) - log pi_old(i)) and the advantage A_s:
//
//   L_i  = -min(r_i A_s, clip(r_i, 1 - epsilon, 1 + epsilon_high) A_s) + beta KL_i
//
//   KL_i = pi_ref / pi - log(pi_ref / pi) - 1
//
// (DeepSeekMath arXiv:2402.03300, equations 3 and 4), and `aggregate` makes one number of all L_i: there the loss types
// differ (see LossType for the papers).
//
// A step's batch may be cut into micro-batches in any way: with the step's totals as divisors the micro-batches'
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
  at::Tensor logprobs;            // [N] log pi of the sampled tokens, nats; the loss has its gradient
  at::Tensor old_logprobs;        // [N] under the policy that sampled; undefined = on-policy: logprobs without gradient
  at::Tensor reference_logprobs;  // [N] under the reference policy; needed when beta > 0
  at::Tensor entropies;           // [N] nats, for the metric; may be undefined
  at::Tensor token_mask;          // [N] bool, false = not in the loss (tool output); undefined = all true
  std::span<const double> advantages;       // [S]
  std::span<const int64_t> sequence_begin;  // [S+1] rising from 0 to N; a sequence may be empty
  std::span<const uint8_t> truncated;       // [S] 1 = cut off without an end, or empty = none
};

/// Divisors: totals of the optimiser step over all micro-batches (and learners).
struct StepTotals {
  int64_t sequences = 0;  // grpo, sapo, dr_grpo; masked ones included
  int64_t tokens = 0;     // bnpo, dapo, cispo; tokens that count (loss_token_count)
};

struct LossOutput {
  at::Tensor loss;  // scalar with gradient; the micro-batches' losses add up to the step's
  LossMetrics metrics;
};

/// Throws invalid_argument when `config` is out of its limits and internal when shapes do not fit. Log ratios are
/// bounded above by 20, so that an extreme ratio gives a finite loss and gradient (0 beyond the bound).
LossOutput grpo_loss(const LossInputs& inputs, const StepTotals& totals, const GrpoLossConfig& config);

}  // namespace hone
