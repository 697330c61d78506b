#include "policy/model_folder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "policy/format/safetensors.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "tests/policy/format_test_support.h"
#include "tests/policy/naive_transformer.h"
#include "tests/policy/reference_tally.h"

namespace hone {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::write_bytes;

ModelConfig small_config() {
  ModelConfig config;
  config.model_type = "llama";
  config.vocab_size = 20;
  config.hidden_size = 8;
  config.intermediate_size = 12;
  config.num_hidden_layers = 1;
  config.num_attention_heads = 2;
  config.num_key_value_heads = 1;
  config.head_dim = 4;
  config.max_position_embeddings = 32;
  config.tie_word_embeddings = true;
  config.bos_token_id = 1;
  config.eos_token_ids = {2, 3};
  return config;
}

WeightSet load(const fs::path& dir) { return load_weights(open_model_folder(dir)); }

TEST(SaveModelFolder, RoundTripsWithTokenizer) {
  const TemporaryFolder dir;
  fs::create_directory(dir / "source");
  write_bytes(dir / "source/tokenizer.json", "{\"model\":{}}");
  write_bytes(dir / "source/chat_template.jinja", "{{ x }}");
  write_bytes(dir / "source/notes.txt", "not copied");
  const ModelConfig config = small_config();
  const WeightSet weights = random_weights(config, 0.5, 1);
  save_model_folder(dir / "out", config, weights.views(), "float32", dir / "source");
  const ModelFolder folder = open_model_folder(dir / "out");
  EXPECT_EQ(folder.tokenizer_json, "{\"model\":{}}");
  EXPECT_EQ(read_file(dir / "out/chat_template.jinja"), "{{ x }}");
  EXPECT_FALSE(fs::exists(dir / "out/notes.txt"));
  EXPECT_EQ(folder.config.eos_token_ids, config.eos_token_ids);
  EXPECT_EQ(model_fingerprint(folder.config, ""), model_fingerprint(config, ""));
  const WeightSet back = load_weights(folder);
  for (std::size_t i = 0; i < weights.tensors.size(); ++i) EXPECT_EQ(back.tensors[i].data, weights.tensors[i].data);
}

TEST(SaveModelFolder, SaysWhichClassReadsATokenizerThatCameAlone) {
  const TemporaryFolder dir;
  fs::create_directory(dir / "source");
  write_bytes(dir / "source/tokenizer.json",
              R"({"model":{},"added_tokens":[{"id":1,"content":"<s>"},{"id":2,"content":"</s>"},{"id":3,"content":"<end>"}]})");
  const ModelConfig config = small_config();
  const WeightSet weights = random_weights(config, 0.5, 1);
  save_model_folder(dir / "out", config, weights.views(), "float32", dir / "source");
  EXPECT_EQ(read_json_file(dir / "out/tokenizer_config.json"),
            Json::parse(R"({"tokenizer_class":"PreTrainedTokenizerFast","clean_up_tokenization_spaces":false,"bos_token":"<s>","eos_token":"</s>"})"));

  write_bytes(dir / "source/tokenizer_config.json", R"({"tokenizer_class":"MyTokenizer"})");
  save_model_folder(dir / "out", config, weights.views(), "float32", dir / "source");
  EXPECT_EQ(read_json_file(dir / "out/tokenizer_config.json"), Json::parse(R"({"tokenizer_class":"MyTokenizer"})"));
}

TEST(SaveModelFolder, ReplacesAModelAndNothingElse) {
  const TemporaryFolder dir;
  const ModelConfig config = small_config();
  const WeightSet first = random_weights(config, 0.5, 1);
  const WeightSet second = random_weights(config, 0.5, 2);
  save_model_folder(dir / "out", config, first.views(), "float32", {});
  save_model_folder(dir / "out/", config, second.views(), "bfloat16", {});
  EXPECT_EQ(open_model_folder(dir / "out").config.torch_dtype, "bfloat16");
  EXPECT_NE(load(dir / "out").tensors[0].data, first.tensors[0].data);
  write_bytes(dir / "out/thesis.txt", "years of work");
  expect_error(ErrorCode::failed_precondition, "thesis.txt",
               [&] { save_model_folder(dir / "out", config, first.views(), "float32", {}); });
  EXPECT_TRUE(fs::exists(dir / "out/thesis.txt"));
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& item : fs::directory_iterator(dir.path())) ++entries;
  EXPECT_EQ(entries, 1u) << "a temporary folder was left behind";
}

TEST(SaveModelFolder, ChecksItsArguments) {
  const TemporaryFolder dir;
  const ModelConfig config = small_config();
  WeightSet weights = random_weights(config, 0.5, 1);
  expect_error(ErrorCode::invalid_argument, "'int8'",
               [&] { save_model_folder(dir / "out", config, weights.views(), "int8", {}); });
  weights.tensors.pop_back();
  expect_error(ErrorCode::invalid_argument, "lack tensor model.norm.weight",
               [&] { save_model_folder(dir / "out", config, weights.views(), "float32", {}); });
  EXPECT_FALSE(fs::exists(dir / "out"));
}

class BrokenFolder : public testing::Test {
 protected:
  void SetUp() override { save_model_folder(dir_ / "m", config_, weights_.views(), "float32", {}); }
  void rewrite(const std::vector<WeightView>& views) { write_safetensors(dir_ / "m", views, FloatType::float32); }
  TemporaryFolder dir_;
  ModelConfig config_ = small_config();
  WeightSet weights_ = random_weights(config_, 0.5, 1);
};

TEST_F(BrokenFolder, MissingExtraAndMisshapenTensors) {
  auto views = weights_.views();
  views.pop_back();
  rewrite(views);
  expect_error(ErrorCode::not_found, "model.norm.weight is missing", [&] { load(dir_ / "m"); });
  views = weights_.views();
  const std::vector<float> extra(4);
  views.push_back({"adapter.weight", {4}, extra});
  rewrite(views);
  expect_error(ErrorCode::invalid_argument, "adapter.weight is unknown", [&] { load(dir_ / "m"); });
  views.back().name = "model.layers.0.self_attn.rotary_emb.inv_freq";
  views.push_back({"lm_head.weight", {4}, extra});
  rewrite(views);
  EXPECT_EQ(load(dir_ / "m").tensors.size(), weights_.tensors.size());
  views = weights_.views();
  std::swap(views[0].shape[0], views[0].shape[1]);
  rewrite(views);
  expect_error(ErrorCode::invalid_argument, "has shape [8,20], config.json gives [20,8]", [&] { load(dir_ / "m"); });
}

TEST_F(BrokenFolder, OnlyPickle) {
  fs::rename(dir_ / "m/model.safetensors", dir_ / "m/pytorch_model.bin");
  expect_error(ErrorCode::unimplemented, "pytorch_model.bin", [&] { load(dir_ / "m"); });
}

TEST_F(BrokenFolder, IndexAndShardsDisagree) {
  fs::remove(dir_ / "m/model.safetensors");
  write_safetensors(dir_ / "m", weights_.views(), FloatType::float32, 400);
  EXPECT_EQ(load(dir_ / "m").tensors[0].data, weights_.tensors[0].data);
  const fs::path index = dir_ / "m/model.safetensors.index.json";
  const Json good = read_json_file(index);
  Json bad = good;
  bad["weight_map"]["model.norm.weight"] = good["weight_map"]["model.embed_tokens.weight"];
  write_bytes(index, bad.dump());
  expect_error(ErrorCode::invalid_argument, "model.norm.weight is mapped to", [&] { load(dir_ / "m"); });
  bad = good;
  bad["weight_map"].erase("model.layers.0.input_layernorm.weight");
  write_bytes(index, bad.dump());
  expect_error(ErrorCode::invalid_argument, "the index does not list", [&] { load(dir_ / "m"); });
  write_bytes(index, good.dump());
  const std::string first = good["weight_map"]["model.embed_tokens.weight"];
  const std::string last = good["weight_map"]["model.norm.weight"];
  fs::copy_file(dir_ / "m" / first, dir_ / "m" / last, fs::copy_options::overwrite_existing);
  expect_error(ErrorCode::invalid_argument, "is in both", [&] { load(dir_ / "m"); });
}

TEST(ReferenceModels, LogProbabilitiesFromFiles) {
  const fs::path root = test::reference_dir() / "models";
  if (!fs::is_directory(root)) GTEST_SKIP() << root << " is not there";
  test::ReferenceTally tally(root);
  for (const auto& item : fs::directory_iterator(root)) {
    if (!item.is_directory() || !fs::exists(item.path() / "cases.jsonl")) continue;
    ModelFolder folder;
    try {
      folder = open_model_folder(item.path());
    } catch (const Error& e) {
      ASSERT_EQ(e.code(), ErrorCode::unimplemented) << e.what();
      tally.unsupported(item.path(), e.what());
      continue;
    }
    const WeightSet weights = load_weights(folder);
    const test::NaiveTransformer model(folder.config, weights);
    for_each_jsonl(item.path() / "cases.jsonl", [&](const Json& row, std::size_t line) {
      const auto ids = row.at("input_ids").get<std::vector<int32_t>>();
      const auto expected = row.at("logprobs").get<std::vector<double>>();
      const auto logits = model.logits(ids);
      for (std::size_t t = 0; t < expected.size(); ++t)
        ASSERT_NEAR(test::log_probability(logits[t], ids[t + 1]), expected[t], 3e-4)
            << item.path() << " line " << line << " token " << t;
    });
    tally.checked(item.path());
  }
  tally.finish();
}

}  // namespace
}  // namespace hone
