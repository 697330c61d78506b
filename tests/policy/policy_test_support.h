// Fixtures of the learner's tests: random tensors, a random tiny model, batches, comparisons.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/packed_batch.h"
#include "policy/policy.h"
#include "policy/torch.h"
#include "proto/base/random.h"

namespace hone {

/// Values in (-1, 1), a pure function of (sizes, seed).
inline at::Tensor random_tensor(at::IntArrayRef sizes, uint64_t seed) {
  at::Tensor tensor = at::empty(sizes, at::kFloat);
  PhiloxStream stream(seed);
  float* values = tensor.mutable_data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(2.0 * stream.next_uniform() - 1.0);
  return tensor;
}

inline std::vector<int32_t> random_ids(int64_t count, int64_t vocabulary, uint64_t seed) {
  PhiloxStream stream(seed, 7);
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < count; ++i) ids.push_back(static_cast<int32_t>(stream.next_below(static_cast<uint64_t>(vocabulary))));
  return ids;
}

/// Largest difference, relative to the largest reference value (at least 1e-3).
inline double difference(const at::Tensor& actual, const at::Tensor& expected) {
  EXPECT_EQ(actual.sizes(), expected.sizes());
  if (actual.sizes() != expected.sizes() || actual.numel() == 0) return actual.sizes() == expected.sizes() ? 0.0 : 1e9;
  const at::Tensor a = actual.to(at::kDouble), e = expected.to(at::kDouble);
  return at::abs(a - e).max().item<double>() / std::max(1e-3, at::abs(e).max().item<double>());
}

inline ModelConfig tiny_config(bool qk_norm = false, bool tied = true) {
  ModelConfig config;
  config.model_type = qk_norm ? "qwen3" : "qwen2";
  config.vocab_size = 97;
  config.hidden_size = 40;
  config.intermediate_size = 56;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 10;
  config.max_position_embeddings = 512;
  config.attention_bias = !qk_norm;
  config.qk_norm = qk_norm;
  config.tie_word_embeddings = tied;
  return config;
}

inline Policy tiny_policy(const ModelConfig& config, const PolicyOptions& options = {}) {
  WeightSet weights = random_weights(config, 0.2, 11);
  uint64_t seed = 0;
  for (auto& tensor : weights.tensors) {  // biases and norms that matter
    if (tensor.shape.size() > 1) continue;
    PhiloxStream stream(++seed, 3);
    for (float& value : tensor.data) value += static_cast<float>(0.4 * stream.next_uniform() - 0.2);
  }
  return Policy(config, weights.views(), options);
}

struct GroupTokens {
  std::vector<int32_t> prompt;
  std::vector<std::vector<int32_t>> completions;
};

inline GroupTokens random_group(int64_t prompt, std::vector<int64_t> completions, uint64_t seed, int64_t vocabulary = 97) {
  GroupTokens group{random_ids(prompt, vocabulary, seed), {}};
  for (const int64_t length : completions) group.completions.push_back(random_ids(length, vocabulary, ++seed * 131));
  return group;
}

/// Gradients of sum(weights * logprobs); the parameters' gradients before are dropped unless `keep`.
inline std::vector<at::Tensor> gradients(Policy& policy, const PackedBatch& batch, const at::Tensor& weights,
                                         double temperature = 1.0, bool keep = false) {
  if (!keep) policy.zero_grad();
  const at::Tensor loss = (policy.score(batch, temperature, Entropies::none).logprobs * weights).sum();
  torch::autograd::backward({loss});
  std::vector<at::Tensor> result;
  for (const at::Tensor& parameter : policy.parameters()) result.push_back(parameter.grad().clone());
  return result;
}

inline void expect_close(const std::vector<at::Tensor>& actual, const std::vector<at::Tensor>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_LT(difference(actual[i], expected[i]), tolerance) << "tensor " << i;
}

inline void expect_equal_bits(const std::vector<at::Tensor>& actual, const std::vector<at::Tensor>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_TRUE(at::equal(actual[i], expected[i])) << "tensor " << i;
}

/// Tests run on one ATen thread unless they say otherwise: spinning threads of many test programs would fight for the cores.
class OneThread : public testing::Environment {
 public:
  void SetUp() override { at::set_num_threads(1); }
};
inline testing::Environment* const kOneThread = testing::AddGlobalTestEnvironment(new OneThread);

/// Runs ATen on `count` threads while it lives.
class ThreadCount {
 public:
  explicit ThreadCount(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
  ~ThreadCount() { at::set_num_threads(before_); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
};

}  // namespace hone
