// numerics "exact": what the learner says of a sampled token is what the sampler said, bit for bit.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "policy/generator.h"
#include "proto/base/error.h"
#include "tests/policy/generator_test_support.h"
#include "tests/policy/policy_test_support.h"

namespace hone::test {
namespace {

struct Sampled {
  std::vector<RolloutRequest> requests;
  std::vector<RolloutResult> results;
};

/// Three prompts of different lengths, five completions each, sampled with `threads`.
Sampled sample(const ModelConfig& config, const WeightSet& weights, double temperature, int threads,
               WeightStorage storage = WeightStorage::float32) {
  Engine engine(config, weights, nullptr, {.max_batch_rows = 9, .max_prefill_rows = 64, .weight_storage = storage}, threads);
  Sampled sampled;
  for (uint32_t slot = 0; slot < 3; ++slot) {
    RolloutRequest request;
    request.group_id = std::to_string(slot);
    request.key = {.run_seed = 3, .step = 1, .slot = slot};
    request.prompt_token_ids = random_prompt(1 + 37 * slot, config.vocab_size, slot + 1);
    request.num_generations = 5;
    request.params.temperature = temperature;
    request.params.max_new_tokens = 21 + 20 * static_cast<int32_t>(slot);
    sampled.requests.push_back(request);
  }
  sampled.results.resize(sampled.requests.size());
  engine.generator.generate(sampled.requests, [&](std::size_t i, RolloutResult r) { sampled.results[i] = std::move(r); });
  return sampled;
}

PackedBatch packed(const Sampled& sampled, std::vector<float>& logprobs) {
  PackedBatch batch;
  for (std::size_t i = 0; i < sampled.requests.size(); ++i) {
    std::vector<std::vector<int32_t>> completions;
    for (const Completion& c : sampled.results[i].completions) {
      completions.push_back(c.token_ids);
      logprobs.insert(logprobs.end(), c.logprobs.begin(), c.logprobs.end());
    }
    batch.add_group(sampled.requests[i].prompt_token_ids, completions);
  }
  return batch;
}

struct Threads {
  explicit Threads(int count) : before(at::get_num_threads()) { at::set_num_threads(count); }
  ~Threads() { at::set_num_threads(before); }
  int before;
};

void expect_same_bits(const ModelConfig& config, double temperature, int64_t head_chunk_rows) {
  const WeightSet weights = random_weights(config, 0.2, 5);
  const Sampled sampled = sample(config, weights, temperature, 2);
  std::vector<float> expected;
  const PackedBatch batch = packed(sampled, expected);
  for (const int threads : {1, 2, 3}) {
    const Threads use(threads);
    Policy policy(config, weights.views(), {.numerics = Numerics::exact, .head_chunk_rows = head_chunk_rows});
    const TokenScores scores = policy.score(batch, temperature, Entropies::values);
    ASSERT_EQ(scores.logprobs.numel(), static_cast<int64_t>(expected.size()));
    EXPECT_EQ(std::memcmp(scores.logprobs.const_data_ptr<float>(), expected.data(), expected.size() * sizeof(float)), 0)
        << config.model_type << " temperature " << temperature << " threads " << threads;
  }
}

TEST(ExactNumerics, LearnerRepeatsTheSamplersLogProbabilities) {
  for (const bool tied : {true, false}) {
    for (const bool qk_norm : {true, false}) {
      expect_same_bits(random_model_config(tied, qk_norm), tied ? 1.0 : 0.7, qk_norm ? 128 : 7);
    }
  }
}

TEST(ExactNumerics, AlsoAtTheBenchmarksShapes) {
  ModelConfig config = random_model_config();
  config.vocab_size = 512;
  config.hidden_size = 128;
  config.intermediate_size = 512;
  config.num_attention_heads = 4;
  config.head_dim = 32;
  config.num_hidden_layers = 4;
  expect_same_bits(config, 1.0, 128);
  config.vocab_size = 4096;
  config.hidden_size = 512;
  config.intermediate_size = 1536;
  config.num_attention_heads = 8;
  config.num_key_value_heads = 4;
  config.head_dim = 64;
  config.num_hidden_layers = 8;
  expect_same_bits(config, 1.0, 128);
}

TEST(ExactNumerics, HoldForStoredWeightsThatAreRepresentable) {
  const ModelConfig config = random_model_config();
  const WeightSet weights = random_weights(config, 0.2, 5);
  for (const WeightStorage storage : {WeightStorage::bfloat16, WeightStorage::int8}) {
    std::vector<float> expected;
    const PackedBatch batch = packed(sample(config, weights, 1.0, 2, storage), expected);
    const auto same = [&](const WeightSet& of_learner) {
      Policy policy(config, of_learner.views(), {.numerics = Numerics::exact});
      const TokenScores scores = policy.score(batch, 1.0, Entropies::none);
      return std::memcmp(scores.logprobs.const_data_ptr<float>(), expected.data(), expected.size() * sizeof(float)) == 0;
    };
    EXPECT_TRUE(same(stored_weights(weights, storage))) << to_string(storage);
    EXPECT_FALSE(same(weights)) << to_string(storage);
  }
}

std::vector<at::Tensor> gradients(const ModelConfig& config, const PackedBatch& batch, Numerics numerics, int threads, bool recompute = false) {
  const Threads use(threads);
  Policy policy(config, random_weights(config, 0.05, 5).views(), {.activation_recomputation = recompute, .numerics = numerics});
  const TokenScores scores = policy.score(batch, 0.9, Entropies::none);
  at::Tensor weights = at::arange(1, scores.logprobs.numel() + 1, at::kFloat).sin();
  torch::autograd::backward({(scores.logprobs * weights).sum()});
  std::vector<at::Tensor> found;
  for (const at::Tensor& p : policy.parameters()) found.push_back(p.grad().clone());
  return found;
}

TEST(ExactNumerics, GradientsDoNotDependOnThreadsOrRecomputation) {
  for (const bool qk_norm : {false, true}) {
    const ModelConfig config = random_model_config(!qk_norm, qk_norm);
    std::vector<float> unused;
    const PackedBatch batch = packed(sample(config, random_weights(config, 0.2, 5), 1.0, 1), unused);
    const auto one = gradients(config, batch, Numerics::exact, 1);
    for (const auto& other : {gradients(config, batch, Numerics::exact, 2), gradients(config, batch, Numerics::exact, 3),
                              gradients(config, batch, Numerics::exact, 2, true)}) {
      for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], other[i])) << "parameter " << i;
    }
    const auto fast = gradients(config, batch, Numerics::fast, 2);
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_LT(difference(one[i], fast[i]), 2e-5) << "parameter " << i;
  }
}

TEST(ExactNumerics, FastAgreesWithin1e5) {
  const ModelConfig config = random_model_config();
  const WeightSet weights = random_weights(config, 0.05, 5);
  const Sampled sampled = sample(config, weights, 1.0, 1);
  std::vector<float> expected;
  const PackedBatch batch = packed(sampled, expected);
  Policy policy(config, weights.views(), {});
  const at::Tensor logprobs = policy.score(batch, 1.0, Entropies::none).logprobs.detach();
  for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(logprobs.const_data_ptr<float>()[i], expected[i], 1e-5);
}

TEST(ExactNumerics, AnotherDeviceIsRefused) {
  const ModelConfig config = random_model_config();
  try {
    Policy policy(config, random_weights(config, 0.2, 5).views(), {.device = "meta", .numerics = Numerics::exact});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("exact"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace hone::test
