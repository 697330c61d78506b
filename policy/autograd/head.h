// The output head: vocabulary projection, log-softmax, gather and entropy in row chunks, forward and backward. Saves the hidden
// rows, and one log-sum-exp (and entropy, where it has a gradient) a target; backward computes each chunk's logits again, so
// logits [M, V] never exist whole.
#pragma once

#include <cstdint>

#include "policy/numerics.h"
#include "policy/torch.h"

namespace hone {

struct HeadOptions {
  double temperature = 1.0;   // > 0
  int64_t chunk_rows = 128;   // >= 1; two [chunk_rows, V] buffers at most exist at once
  bool with_entropy = false;
  bool entropy_gradient = false;  // entropies take part in backward; needs with_entropy
  Numerics numerics = Numerics::fast;
};

struct HeadScores {
  at::Tensor logprobs;   // [M] log softmax(hidden[source_rows] weight^T / temperature)[targets], nats
  at::Tensor entropies;  // [M] nats; undefined unless asked for
};

/// hidden [N, H], source_rows [M] int64 in [0, N), weight [V, H], targets [M] int64 in [0, V).
HeadScores score_targets(const at::Tensor& hidden, const at::Tensor& source_rows, const at::Tensor& weight,
                         const at::Tensor& targets, const HeadOptions& options);

/// The same from ATen operations with all logits at once: the tests' reference.
HeadScores plain_score_targets(const at::Tensor& hidden, const at::Tensor& source_rows, const at::Tensor& weight,
                               const at::Tensor& targets, const HeadOptions& options);

}  // namespace hone
