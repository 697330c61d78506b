#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "policy/model_config.h"
#include "policy/model_folder.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "tests/policy/format_test_support.h"

namespace hone {
namespace {

Json small_config() {
  return Json::parse(
      R"({"model_type":"llama","vocab_size":32,"hidden_size":64,"intermediate_size":96,"num_hidden_layers":2,
    "num_attention_heads":8,"num_key_value_heads":2,"max_position_embeddings":128,"rms_norm_eps":1e-5,"eos_token_id":2,
    "bos_token_id":1,"tie_word_embeddings":true})");
}

Json with(const char* field, Json value) {
  Json json = small_config();
  json[field] = std::move(value);
  return json;
}

ModelConfig read(const Json& json) { return model_config_from_json(json, "config.json"); }

TEST(ModelConfig, DefaultsAreTransformers) {
  Json json = small_config();
  json.erase("num_key_value_heads");
  json["pad_token_id"] = nullptr;
  const ModelConfig config = read(json);
  EXPECT_EQ(config.num_key_value_heads, 8);
  EXPECT_EQ(config.head_dim, 8);
  EXPECT_EQ(config.rope_theta, 10000.0);
  EXPECT_EQ(config.pad_token_id, -1);
  EXPECT_FALSE(config.attention_bias || config.mlp_bias || config.qk_norm);
  EXPECT_EQ(config.torch_dtype, "float32");
}

TEST(ModelConfig, BothLayoutsOfRope) {
  const Json scaling = {{"type", "linear"}, {"factor", 4.0}};
  Json old_layout = with("rope_scaling", scaling);
  old_layout["rope_theta"] = 5e5;
  Json new_layout = with("rope_parameters", {{"rope_theta", 5e5}, {"rope_type", "linear"}, {"factor", 4}});
  for (const Json& json : {old_layout, new_layout}) {
    const ModelConfig config = read(json);
    EXPECT_EQ(config.rope_theta, 5e5);
    EXPECT_EQ(config.rope_scaling.type, RopeType::linear);
    EXPECT_EQ(config.rope_scaling.factor, 4.0);
  }
}

TEST(ModelConfig, FamiliesDifferInBiasesAndNorms) {
  const ModelConfig qwen2 = read(with("model_type", "qwen2"));
  EXPECT_TRUE(qwen2.attention_bias && !qwen2.attention_output_bias && !qwen2.qk_norm);
  const ModelConfig qwen3 = read(with("model_type", "qwen3"));
  EXPECT_TRUE(qwen3.qk_norm && !qwen3.attention_bias);
  Json biased = with("attention_bias", true);
  biased["mlp_bias"] = true;
  const ModelConfig llama = read(biased);
  EXPECT_TRUE(llama.attention_bias && llama.attention_output_bias && llama.mlp_bias);
}

TEST(ModelConfig, EndIdsFromBothFiles) {
  ModelConfig config = read(with("eos_token_id", {2, 5}));
  merge_generation_config(config, {{"eos_token_id", {5, 7}}, {"bos_token_id", 9}, {"pad_token_id", 3}},
                          "generation_config.json");
  EXPECT_EQ(config.eos_token_ids, (std::vector<int32_t>{2, 5, 7}));
  EXPECT_EQ(config.bos_token_id, 1);
  EXPECT_EQ(config.pad_token_id, 3);
}

TEST(ModelConfig, RoundTrips) {
  Json json = with("rope_scaling", {{"rope_type", "llama3"},
                                    {"factor", 8.0},
                                    {"low_freq_factor", 1.0},
                                    {"high_freq_factor", 4.0},
                                    {"original_max_position_embeddings", 64}});
  json["eos_token_id"] = {2, 3};
  for (const char* family : {"llama", "qwen2", "qwen3"}) {
    json["model_type"] = family;
    json["attention_bias"] = true;
    const Json written = model_config_to_json(read(json));
    EXPECT_EQ(model_config_to_json(read(written)), written);
    EXPECT_EQ(read(written).rope_scaling.original_max_position_embeddings, 64);
    EXPECT_EQ(read(written).attention_output_bias, std::string(family) != "qwen2");
  }
}

TEST(ModelConfig, RefusesByFieldAndLimit) {
  const auto bad = [](const char* field, Json value, const std::string& part,
                      ErrorCode code = ErrorCode::invalid_argument) {
    test::expect_error(code, part, [&] { read(with(field, value)); });
  };
  bad("num_attention_heads", 9, "num_attention_heads 9: does not divide hidden_size 64");
  bad("num_key_value_heads", 3, "num_key_value_heads 3 does not divide num_attention_heads 8");
  bad("head_dim", 7, "head_dim 7");
  bad("hidden_size", 0, "hidden_size 0: must lie in 1..");
  bad("hidden_size", -64, "hidden_size -64");
  bad("hidden_size", 64.0, "must be an integer, not a number");
  bad("vocab_size", uint64_t{1} << 63, "vocab_size 9223372036854775808");
  bad("num_hidden_layers", int64_t{1} << 40, "must lie in 1..4096");
  bad("vocab_size", nullptr, "vocab_size is missing");
  bad("rms_norm_eps", "small", "must be a number, not a string");
  bad("rms_norm_eps", 0.0, "rms_norm_eps");
  bad("rope_theta", -1, "rope_theta -1");
  bad("eos_token_id", 32, "eos_token_id 32: must lie in 0..31");
  bad("eos_token_id", {2, -4}, "eos_token_id");
  bad("bos_token_id", 99, "bos_token_id 99");
  bad("tie_word_embeddings", 1, "must be true or false");
  bad("rope_scaling", {{"rope_type", "llama3"}, {"factor", 8}}, "low_freq_factor is missing");
  bad("rope_scaling", "yes", "expected a JSON object");
  bad("model_type", nullptr, "model_type is missing");
  constexpr auto kUnimplemented = ErrorCode::unimplemented;
  bad("model_type", "deepseek_v3", "'deepseek_v3'", kUnimplemented);
  bad("hidden_act", "gelu", "'gelu'", kUnimplemented);
  bad("rope_scaling", {{"type", "yarn"}, {"factor", 4}}, "'yarn'", kUnimplemented);
  bad("quantization_config", {{"bits", 4}}, "quantization_config", kUnimplemented);
  test::expect_error(ErrorCode::invalid_argument, "expected a JSON object, found an array",
                     [] { read(Json::array()); });
}

TEST(ModelConfig, SlidingWindowOnlyCountsWhenUsed) {
  Json json = with("model_type", "qwen2");
  json["sliding_window"] = 8;
  json["use_sliding_window"] = false;
  EXPECT_NO_THROW(read(json));
  json["use_sliding_window"] = true;
  json["max_window_layers"] = 2;
  EXPECT_NO_THROW(read(json));
  json["max_window_layers"] = 1;
  test::expect_error(ErrorCode::unimplemented, "sliding-window", [&] { read(json); });
  json["use_sliding_window"] = false;
  json["layer_types"] = {"full_attention", "sliding_attention"};
  test::expect_error(ErrorCode::unimplemented, "sliding-window", [&] { read(json); });
  EXPECT_NO_THROW(read(with("sliding_window", 8)));
}

TEST(Rope, ScalingFollowsTheDefinitions) {
  ModelConfig config = read(small_config());
  config.head_dim = 16;
  const auto plain = rope_inverse_frequencies(config);
  ASSERT_EQ(plain.size(), 8u);
  EXPECT_EQ(plain[0], 1.0f);
  EXPECT_NEAR(plain[4], 0.01, 1e-9);
  config.rope_scaling = {.type = RopeType::linear, .factor = 4.0};
  const auto linear = rope_inverse_frequencies(config);
  config.rope_scaling = {RopeType::llama3, 8.0, 1.0, 4.0, 128};
  const auto llama3 = rope_inverse_frequencies(config);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(linear[i], plain[i] / 4.0f);
    const double wavelength = 2.0 * std::numbers::pi / static_cast<double>(plain[i]);
    const double smooth = std::min(1.0, std::max(0.0, (128.0 / wavelength - 1.0) / 3.0));
    const double expected = static_cast<double>(plain[i]) * ((1.0 - smooth) / 8.0 + smooth);
    EXPECT_NEAR(llama3[i], expected, 1e-6 * expected);
  }
}

TEST(ModelFolder, MissingAndBrokenConfig) {
  const TemporaryFolder dir;
  test::expect_error(ErrorCode::not_found, "config.json", [&] { open_model_folder(dir.path()); });
  test::expect_error(ErrorCode::not_found, "does not exist", [&] { open_model_folder(dir / "nowhere"); });
  test::write_bytes(dir / "config.json", "{\"model_type\": ");
  test::expect_error(ErrorCode::invalid_argument, "config.json:1:", [&] { open_model_folder(dir.path()); });
  test::write_bytes(dir / "config.json", small_config().dump());
  EXPECT_EQ(open_model_folder(dir.path()).tokenizer_json, "");
  test::write_bytes(dir / "generation_config.json", R"({"eos_token_id": [2, 40]})");
  test::expect_error(ErrorCode::invalid_argument, "generation_config.json: eos_token_id",
                     [&] { open_model_folder(dir.path()); });
}

}  // namespace
}  // namespace hone
