#include "policy/weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "tests/policy/format_test_support.h"

namespace hone {
namespace {

ModelConfig small_config() {
  ModelConfig config;
  config.model_type = "qwen2";
  config.vocab_size = 101;
  config.hidden_size = 48;
  config.intermediate_size = 80;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 12;
  config.max_position_embeddings = 64;
  config.attention_bias = true;
  config.eos_token_ids = {2};
  return config;
}

TEST(Weights, CanonicalOrder) {
  const auto tensors = expected_tensors(small_config());
  EXPECT_EQ(tensors.front().name, "model.embed_tokens.weight");
  EXPECT_EQ(tensors.back().name, "lm_head.weight");
  EXPECT_EQ(tensors[1].name, "model.layers.0.input_layernorm.weight");
  EXPECT_EQ(tensors[2].name, "model.layers.0.self_attn.q_proj.weight");
  EXPECT_EQ(tensors[3].name, "model.layers.0.self_attn.q_proj.bias");
  EXPECT_EQ(tensors[4].shape, (std::vector<int64_t>{24, 48}));
  EXPECT_EQ(tensors.size(), 1u + 2u * 12u + 2u);
  int64_t count = 0;
  for (const auto& tensor : tensors)
    count += tensor.shape.size() == 2 ? tensor.shape[0] * tensor.shape[1] : tensor.shape[0];
  EXPECT_EQ(small_config().parameter_count(), count);
}

TEST(Weights, RandomIsAPureFunction) {
  const ModelConfig config = small_config();
  const WeightSet a = random_weights(config, 0.02, 7);
  const WeightSet b = random_weights(config, 0.02, 7);
  const WeightSet c = random_weights(config, 0.02, 8);
  for (std::size_t i = 0; i < a.tensors.size(); ++i) EXPECT_EQ(a.tensors[i].data, b.tensors[i].data);
  EXPECT_NE(a.at("lm_head.weight").data, c.at("lm_head.weight").data);
  EXPECT_NE(a.at("lm_head.weight").data, a.at("model.embed_tokens.weight").data);
  EXPECT_EQ(a.at("model.norm.weight").data, std::vector<float>(48, 1.0f));
  EXPECT_EQ(a.at("model.layers.1.self_attn.k_proj.bias").data, std::vector<float>(24, 0.0f));
  double sum = 0.0;
  double squares = 0.0;
  const auto& data = a.at("lm_head.weight").data;
  for (const float v : data) {
    sum += static_cast<double>(v);
    squares += static_cast<double>(v) * static_cast<double>(v);
  }
  const auto n = static_cast<double>(data.size());
  EXPECT_NEAR(sum / n, 0.0, 5 * 0.02 / std::sqrt(n));
  EXPECT_NEAR(std::sqrt(squares / n), 0.02, 0.02 * 0.05);
  test::expect_error(ErrorCode::not_found, "no tensor named nose", [&] { a.at("nose"); });
}

TEST(Weights, FingerprintTellsModelsApart) {
  const ModelConfig config = small_config();
  std::set<std::string> prints{model_fingerprint(config, "{}"), model_fingerprint(config, "{ }")};
  ModelConfig other = config;
  other.rope_theta = 5e5;
  prints.insert(model_fingerprint(other, "{}"));
  other = config;
  other.vocab_size = 102;
  prints.insert(model_fingerprint(other, "{}"));
  EXPECT_EQ(prints.size(), 4u);
  other = config;
  other.torch_dtype = "bfloat16";
  EXPECT_EQ(model_fingerprint(other, "{}"), model_fingerprint(config, "{}"));
}

double deviation(const std::vector<float>& values) {
  double squares = 0.0;
  for (const float v : values) squares += double{v} * double{v};
  return std::sqrt(squares / static_cast<double>(values.size()));
}

ModelConfig random_model() {
  ModelConfig c;
  c.model_type = "llama";
  c.vocab_size = 60;
  c.hidden_size = 64;
  c.intermediate_size = 96;
  c.num_hidden_layers = 2;
  c.num_attention_heads = 4;
  c.num_key_value_heads = 2;
  c.head_dim = 16;
  c.max_position_embeddings = 32;
  c.tie_word_embeddings = true;
  return c;
}

TEST(ScaledRandomWeights, DeviationsFollowTheInputsAndTheDepth) {
  const WeightSet w = scaled_random_weights(random_model(), 0.02, 1);
  EXPECT_NEAR(deviation(w.at("model.embed_tokens.weight").data), 0.02, 0.001);
  EXPECT_NEAR(deviation(w.at("model.layers.0.mlp.gate_proj.weight").data), 1.0 / 8.0, 0.005);
  EXPECT_NEAR(deviation(w.at("model.layers.1.self_attn.q_proj.weight").data), 1.0 / 8.0, 0.005);
  EXPECT_NEAR(deviation(w.at("model.layers.1.self_attn.o_proj.weight").data), 1.0 / 8.0 / 2.0, 0.003);
  EXPECT_NEAR(deviation(w.at("model.layers.0.mlp.down_proj.weight").data), 1.0 / std::sqrt(96.0) / 2.0, 0.003);
  EXPECT_EQ(w.at("model.norm.weight").data, std::vector<float>(64, 1.0f));
  EXPECT_NE(scaled_random_weights(random_model(), 0.02, 2).at("model.embed_tokens.weight").data, w.at("model.embed_tokens.weight").data);
}

TEST(MimeticRandomWeights, QueriesFollowTheKeysAndOutputsTheValuesOfTheirGroup) {
  const WeightSet plain = scaled_random_weights(random_model(), 0.02, 1), w = mimetic_random_weights(random_model(), 0.02, 1);
  const auto at = [](const WeightSet& set, const char* name, std::size_t row, std::size_t column, std::size_t width) {
    return set.at(std::string("model.layers.1.self_attn.") + name + ".weight").data[row * width + column];
  };
  for (const std::size_t row : {0u, 15u, 16u, 37u, 63u}) {  // heads 0 and 1 share key-value head 0, heads 2 and 3 head 1
    const std::size_t shared = row / 32 * 16 + row % 16;
    for (const std::size_t column : {0u, 9u, 63u}) {
      EXPECT_FLOAT_EQ(at(w, "q_proj", row, column, 64), 0.9f * at(plain, "k_proj", shared, column, 64) + 0.436f * at(plain, "q_proj", row, column, 64));
      EXPECT_FLOAT_EQ(at(w, "o_proj", column, row, 64), 0.5f * at(plain, "v_proj", shared, column, 64) + 0.5f * at(plain, "o_proj", column, row, 64));
    }
  }
  EXPECT_EQ(w.at("model.layers.0.mlp.up_proj.weight").data, plain.at("model.layers.0.mlp.up_proj.weight").data);
}

}  // namespace
}  // namespace hone
