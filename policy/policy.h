// The language model that the learner trains: parameters as tensors, log-probabilities with gradients.
//
// Pre-norm decoder (Touvron et al. 2023, arXiv:2302.13971; Qwen2 arXiv:2407.10671; Qwen3 arXiv:2505.09388): x += attn(norm(x)),
// x += mlp(norm(x)), RoPE in the half-split form. Packed rows without padding; a group's prompt is computed once in forward and
// backward. The head, log-softmax and gather run in row chunks in both directions, so that logits [M, V] never exist whole.
// Thread rule: one thread at a time (ATen uses its own intra-op threads).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "policy/model_config.h"
#include "policy/numerics.h"
#include "policy/packed_batch.h"
#include "policy/torch.h"
#include "policy/weights.h"

namespace hone {

class LayerSlots;

enum class Entropies : uint8_t { none, values, with_gradient };

struct TokenScores {
  at::Tensor logprobs;   // [M] log softmax(logits / temperature)[target], nats, with gradient
  at::Tensor entropies;  // [M] entropy of that distribution, nats; undefined unless asked for
  at::Tensor is_top;     // [M] 1 where the target has the largest logit, else 0; with the entropies
};

struct PolicyOptions {
  std::string device = "cpu";         // any ATen device string; kernels choose by the tensor's device
  bool requires_grad = true;          // false: a frozen reference policy
  bool activation_recomputation = false;  // keep only each layer's input; recompute inside backward
  Numerics numerics = Numerics::fast;
  int64_t head_chunk_rows = 128;      // logits that exist at once: [head_chunk_rows, V]
};

class Policy {
 public:
  /// Copies `weights` (names and shapes of expected_tensors, any order). Throws invalid_argument / not_found naming the tensor,
  /// or the option and its limit.
  Policy(const ModelConfig& config, std::span<const WeightView> weights, const PolicyOptions& options);

  const ModelConfig& config() const { return config_; }
  /// Leaf tensors in the order of expected_tensors(config).
  std::vector<at::Tensor>& parameters() { return parameters_; }
  const std::vector<std::string>& parameter_names() const { return names_; }

  /// Scores every target of the batch; no graph is kept when requires_grad is false or gradients are off (at::NoGradGuard).
  /// temperature > 0. Throws invalid_argument for ids outside the vocabulary, positions outside the context, rows outside the
  /// batch. No targets: empty tensors.
  TokenScores score(const PackedBatch& batch, double temperature, Entropies entropies);

  /// [M] KL(this || teacher) at the row that predicts each target, over the whole vocabulary, nats; the gradient reaches this policy
  /// only. Throws as score(), and invalid_argument when the vocabularies differ in size.
  at::Tensor reverse_kl(const PackedBatch& batch, const Policy& teacher, double temperature);

  /// Borrowed float32 host views of the parameters: of the parameters themselves on the CPU, of host copies that the next call
  /// replaces elsewhere. Valid until the parameters change.
  std::vector<WeightView> weights() const;
  /// Drops all gradients (undefined, not zero).
  void zero_grad();

 private:
  at::Tensor hidden_states(const PackedBatch& batch) const;  // [N, hidden], after the last norm
  const at::Tensor& head() const { return config_.tie_word_embeddings ? parameters_.front() : parameters_.back(); }

  ModelConfig config_;
  PolicyOptions options_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_;
  mutable std::vector<at::Tensor> host_copies_;  // what weights() lends for parameters on another device
  std::shared_ptr<const LayerSlots> slots_;
  at::Tensor inverse_frequencies_;  // [head_dim / 2]
};

}  // namespace hone
