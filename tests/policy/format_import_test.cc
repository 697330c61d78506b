#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "policy/format/gguf_dequantize.h"
#include "policy/format/gguf_import.h"
#include "policy/format/rotary_layout.h"
#include "policy/format/safetensors.h"
#include "policy/model_folder.h"
#include "proto/base/json.h"
#include "tests/policy/format_test_support.h"
#include "tests/policy/naive_transformer.h"
#include "tests/policy/reference_tally.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

bool within_ulps(float a, float b, int32_t ulps) {
  if (a == b) return true;
  if (std::signbit(a) != std::signbit(b)) return false;
  return std::abs(std::bit_cast<int32_t>(a) - std::bit_cast<int32_t>(b)) <= ulps;
}

fs::path gguf_dir() { return test::reference_dir() / "gguf"; }

/// Files with their .json.
std::vector<fs::path> reference_files() {
  std::vector<fs::path> files;
  for (const auto& item : fs::directory_iterator(gguf_dir()))
    if (item.path().extension() == ".gguf") files.push_back(item.path());
  std::sort(files.begin(), files.end());
  return files;
}

fs::path sibling(fs::path path, const char* extension) { return path.replace_extension(extension); }

bool supported(const GgufFile& file, test::ReferenceTally& tally) {
  for (const GgufTensor& tensor : file.tensors()) {
    if (gguf_type_info(tensor.type)->dequantize != nullptr) continue;
    tally.unsupported(file.source(), "tensor type " + std::string(gguf_type_info(tensor.type)->name));
    return false;
  }
  return true;
}

void compare_tensors(const GgufFile& file, const SafetensorsFile& expected) {
  ASSERT_EQ(file.tensors().size(), expected.entries().size());
  for (const GgufTensor& tensor : file.tensors()) {
    const TensorEntry* entry = expected.find(tensor.name);
    ASSERT_NE(entry, nullptr) << tensor.name;
    EXPECT_EQ(tensor.shape, entry->shape) << tensor.name;
    std::vector<float> values(entry->elements);
    expected.read(*entry, values);
    const std::vector<float> read = file.read(tensor);
    const std::string type(gguf_type_info(tensor.type)->name);
    const int32_t ulps = type == "Q4_1" || type == "Q5_0" || type == "Q5_1" ? 1 : 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_TRUE(within_ulps(read[i], values[i], ulps)) << tensor.name << " " << type << " " << i;
  }
}

TEST(GgufReference, TensorsAreEqual) {
  if (!fs::is_directory(gguf_dir())) GTEST_SKIP() << "no folder " << gguf_dir();
  test::ReferenceTally tally(gguf_dir());
  for (const fs::path& path : reference_files()) {
    const GgufFile file(path);
    if (!supported(file, tally)) continue;
    compare_tensors(file, SafetensorsFile(sibling(path, "expected.safetensors")));
    tally.checked(path);
  }
  tally.finish();
}

void compare_config(const ModelConfig& config, const Json& expected) {
  EXPECT_EQ(config.model_type, expected.at("architecture").get<std::string>());
  EXPECT_EQ(config.vocab_size, expected.at("vocab_size").get<int64_t>());
  EXPECT_EQ(config.hidden_size, expected.at("hidden_size").get<int64_t>());
  EXPECT_EQ(config.intermediate_size, expected.at("intermediate_size").get<int64_t>());
  EXPECT_EQ(config.num_hidden_layers, expected.at("num_hidden_layers").get<int64_t>());
  EXPECT_EQ(config.num_attention_heads, expected.at("num_attention_heads").get<int64_t>());
  EXPECT_EQ(config.num_key_value_heads, expected.at("num_key_value_heads").get<int64_t>());
  EXPECT_EQ(config.head_dim, expected.at("head_dim").get<int64_t>());
  EXPECT_EQ(config.rms_norm_eps, expected.at("rms_norm_eps").get<double>());
  EXPECT_EQ(config.rope_theta, expected.at("rope_theta").get<double>());
  EXPECT_EQ(config.tie_word_embeddings, expected.at("tie_word_embeddings").get<bool>());
  EXPECT_EQ(config.attention_bias, expected.at("attention_bias").get<bool>());
  EXPECT_EQ(config.bos_token_id,
            expected.at("bos_token_id").is_null() ? -1 : expected.at("bos_token_id").get<int64_t>());
  EXPECT_EQ(config.eos_token_ids, std::vector<int32_t>{expected.at("eos_token_id").get<int32_t>()});
}

TEST(GgufReference, ConfigsAreEqual) {
  if (!fs::is_directory(gguf_dir())) GTEST_SKIP() << "no folder " << gguf_dir();
  for (const fs::path& path : reference_files())
    compare_config(gguf_model_config(GgufFile(path)), read_json_file(sibling(path, "json")).at("config"));
}

TEST(GgufReference, ImportedFoldersGiveTheLogProbabilities) {
  if (!fs::is_directory(gguf_dir())) GTEST_SKIP() << "no folder " << gguf_dir();
  const TemporaryFolder dir;
  test::ReferenceTally tally(gguf_dir());
  for (const fs::path& path : reference_files()) {
    if (!supported(GgufFile(path), tally)) continue;
    const fs::path out = dir / path.stem().string();
    EXPECT_TRUE(import_gguf(path, out).wrote_tokenizer);
    const ModelFolder folder = open_model_folder(out);
    const WeightSet weights = load_weights(folder);
    const test::NaiveTransformer model(folder.config, weights);
    const Json reference = read_json_file(sibling(path, "json"));
    for (const Json& row : reference.at("cases")) {
      const auto ids = row.at("input_ids").get<std::vector<int32_t>>();
      const auto expected = row.at("logprobs").get<std::vector<double>>();
      const auto logits = model.logits(ids);
      for (std::size_t t = 0; t < expected.size(); ++t)
        ASSERT_NEAR(test::log_probability(logits[t], ids[t + 1]), expected[t], 3e-4) << path << " token " << t;
    }
    tally.checked(path);
  }
  tally.finish();
}

/// The settings around the vocabulary must be those of the family's own tokenizer.json.
void compare_settings(const Json& made, const fs::path& family) {
  const Json expected = read_json_file(family / "tokenizer.json");
  for (const char* part : {"normalizer", "pre_tokenizer", "post_processor", "decoder"})
    EXPECT_EQ(made.at(part), expected.at(part)) << part;
  EXPECT_EQ(made.at("model").at("ignore_merges"), expected.at("model").at("ignore_merges"));
}

TEST(GgufReference, TokenizersHaveTheirFamilysSettings) {
  const fs::path families = test::reference_dir() / "tokenizers";
  if (!fs::is_directory(gguf_dir()) || !fs::is_directory(families)) GTEST_SKIP() << "gguf or tokenizers is not there";
  for (const fs::path& path : reference_files()) {
    const GgufFile file(path);
    ImportReport report;
    report.config = gguf_model_config(file);
    const auto files = gguf_tokenizer_files(file, report);
    ASSERT_EQ(files.size(), 3u);
    const Json made = parse_json(files[0].bytes, "tokenizer.json");
    compare_settings(made, families / file.text("tokenizer.ggml.pre"));
    EXPECT_EQ(static_cast<int64_t>(made.at("model").at("vocab").size()), report.config.vocab_size);
    EXPECT_EQ(parse_json(files[1].bytes, "tokenizer_config.json").at("chat_template").get<std::string>(),
              files[2].bytes);
  }
}

TEST(RotaryLayout, PairsBecomeHalves) {
  // Two heads of four rows, two columns; row r holds r.
  std::vector<float> data;
  for (int row = 0; row < 8; ++row) data.insert(data.end(), 2, static_cast<float>(row));
  adjacent_to_half_split(data, 2, 4, 2);
  EXPECT_EQ(data, (std::vector<float>{0, 0, 2, 2, 1, 1, 3, 3, 4, 4, 6, 6, 5, 5, 7, 7}));
}

void compare_statistics(const std::vector<float>& data, const Json& expected, const std::string& name) {
  double sum = 0.0;
  double absolute = 0.0;
  for (const float v : data) {
    sum += static_cast<double>(v);
    absolute += std::fabs(static_cast<double>(v));
  }
  EXPECT_NEAR(absolute, expected.at("abs_sum").get<double>(), 1e-6 * absolute) << name;
  EXPECT_NEAR(sum, expected.at("sum").get<double>(), 1e-6 * absolute) << name;
  const auto first = expected.at("first8").get<std::vector<float>>();
  const auto last = expected.at("last4").get<std::vector<float>>();
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(within_ulps(data[i], first[i], 1)) << name << " " << i;
  for (std::size_t i = 0; i < last.size(); ++i)
    EXPECT_TRUE(within_ulps(data[data.size() - last.size() + i], last[i], 1)) << name << " " << i;
}

TEST(GgufReference, SmolLm2) {
  const char* path = std::getenv("HONE_SMOLLM2_GGUF");
  const fs::path reference = test::reference_dir() / "smollm2" / "tensors.json";
  if (path == nullptr || !fs::exists(reference))
    GTEST_SKIP() << "HONE_SMOLLM2_GGUF names no file, or " << reference << " is not there";
  const GgufFile file(path);
  const ModelConfig config = gguf_model_config(file);
  const WeightSet weights = gguf_weights(file, config);
  const Json expected = read_json_file(reference);
  EXPECT_EQ(weights.tensors.size(), expected.at("n_tensors").get<std::size_t>());
  for (const Json& tensor : expected.at("tensors")) {
    const std::string gguf_name = tensor.at("gguf_name");
    compare_statistics(file.read(*file.find(gguf_name)), tensor.at("gguf"), gguf_name);
    const std::string hf_name = tensor.at("hf_name");
    compare_statistics(weights.at(hf_name).data, tensor.at("hf"), hf_name);
  }
}

}  // namespace
}  // namespace hone
