// Named tensors in host memory: what checkpoints hold, what is published, what the kernels pack.
// Names and shapes are Hugging Face's (model.layers.0.self_attn.q_proj.weight [q_size, hidden_size], row-major).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "policy/model_config.h"

namespace hone {

/// A borrowed float32 tensor.
struct WeightView {
  std::string name;
  std::vector<int64_t> shape;
  std::span<const float> data;
};

/// An owned set of float32 tensors, in the canonical order of expected_tensors().
struct WeightSet {
  struct Tensor {
    std::string name;
    std::vector<int64_t> shape;
    std::vector<float> data;
  };
  std::vector<Tensor> tensors;

  const Tensor& at(const std::string& name) const;  // throws not_found
  std::vector<WeightView> views() const;
};

struct TensorSpec {
  std::string name;
  std::vector<int64_t> shape;
};

/// Every tensor a model of this config has, in canonical order: embed_tokens, layers in order (input_layernorm,
/// q/k/v/o_proj weight and bias, q_norm, k_norm, post_attention_layernorm, gate/up/down_proj), norm, lm_head (unless
/// tied).
std::vector<TensorSpec> expected_tensors(const ModelConfig& config);

/// Digest of config (without torch_dtype, which is about storage), tensor names and shapes, and tokenizer bytes: two
/// processes agree on a model when these are equal.
std::string model_fingerprint(const ModelConfig& config, const std::string& tokenizer_json);

/// Random initial weights (matrices N(0, std), norms 1, biases 0), a pure function of config, std and seed: tensor i of
/// expected_tensors draws from Philox stream i, so that a tensor's values do not depend on the others' sizes.
WeightSet random_weights(const ModelConfig& config, double std_dev, uint64_t seed);

/// The same draws with a deviation for each matrix: embed_tokens `embedding_std`, others 1 / sqrt(inputs), and the two that write to
/// the residual stream (o_proj, down_proj) divided by sqrt(2 * layers) besides (Radford et al. 2019, GPT-2, section 2.3).
WeightSet scaled_random_weights(const ModelConfig& config, double embedding_std, uint64_t seed);

/// scaled_random_weights with attention that starts by looking at equal tokens and copying them: per head Q = 0.9 K + 0.436 Q and
/// O = 0.5 V^T + 0.5 O, in the manner of Trockman and Kolter 2023 (arXiv:2305.09828).
WeightSet mimetic_random_weights(const ModelConfig& config, double embedding_std, uint64_t seed);

}  // namespace hone
