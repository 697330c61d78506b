// How much arithmetic a model's passes take: a formula over the model's shape, in floating-point operations (a multiply-add is two).
//
//   one row (token) through the layers   2 L (H (Q + 2K) + Q H + 3 H I)    projections q, k, v, o and the gated MLP
//   one row that sees v positions        4 L Q v                           scores and weighted values
//   one row of logits                    2 H V                             the output head, tied or not
//   backward                             twice the forward                 gradients of inputs and of weights
//
// with L layers, H hidden, I intermediate, Q = heads x head_dim, K = kv_heads x head_dim, V vocabulary. These are "model FLOPs" (PaLM,
// arXiv:2204.02311, appendix B; Kaplan et al., arXiv:2001.08361, section 2.1): norms, rotations, soft-max and the optimizer are left
// out, and so is what an implementation computes twice. Hone's own kernels compute logits and attention scores again in the backward
// pass: recomputed_flops(). tests/rl/flops_test.cc counts the kernels' products (policy/kernels/work_count.h) against these formulas.
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>

#include "policy/model_config.h"
#include "policy/packed_batch.h"
#include "proto/base/trace.h"

namespace hone {

/// Forward pass: `rows` tokens through the layers, `pairs` query-key pairs that attention sees, `logit_rows` rows of logits.
double forward_flops(const ModelConfig& model, int64_t rows, int64_t pairs, int64_t logit_rows);
double forward_flops(const ModelConfig& model, const PackedBatch& batch);

/// What the exact kernels do on top in forward and backward together: logits and scores once more. Not part of any cost.
double recomputed_flops(const ModelConfig& model, const PackedBatch& batch);

/// Sampling of groups: each prompt once, then every token of every completion but its last; logits where a token is drawn.
double generation_flops(const ModelConfig& model, std::span<const Group> groups);

/// What a learner did in one step, added up pass by pass.
struct LearnerWork {
  int64_t tokens = 0;  // rows that went forward and backward, once for each pass
  double flops = 0.0;

  /// Scored only: a reference policy, old log-probabilities, a teacher.
  void add_forward(const ModelConfig& model, const PackedBatch& batch) { flops += forward_flops(model, batch); }
  void add_training(const ModelConfig& model, const PackedBatch& batch) {
    tokens += batch.rows();
    flops += 3.0 * forward_flops(model, batch);
  }
};

}  // namespace hone
