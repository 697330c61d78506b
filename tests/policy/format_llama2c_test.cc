#include "policy/format/llama2c_import.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/model_folder.h"
#include "proto/base/file.h"
#include "tests/policy/format_test_support.h"
#include "tests/policy/naive_transformer.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

const fs::path kModel = HONE_SOURCE_DIR "/tests/data/stories260K/stories260K.bin";
const fs::path kVocabulary = HONE_SOURCE_DIR "/tests/data/stories260K/tok512.bin";

TEST(Llama2c, Stories260KTellsItsStory) {
  const TemporaryFolder dir;
  const ImportReport report = import_llama2c(kModel, dir / "m");
  EXPECT_FALSE(report.wrote_tokenizer);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_EQ(report.config.parameter_count(), 260032);
  const ModelFolder folder = open_model_folder(dir / "m");
  const WeightSet weights = load_weights(folder);
  const test::NaiveTransformer model(folder.config, weights);
  const auto tokens = read_llama2c_vocabulary(kVocabulary);
  ASSERT_EQ(tokens.size(), 512u);
  const std::string expected = "Once upon a time, there was a little girl named Lily.";
  std::vector<int32_t> ids{1};
  std::string text;
  while (text.size() <= expected.size() && ids.size() < 64) {
    const auto logits = model.logits(ids).back();
    ids.push_back(static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
    text += tokens[static_cast<std::size_t>(ids.back())];
  }
  EXPECT_EQ(text.substr(text.find_first_not_of(' '), expected.size()), expected);
}

TEST(Llama2c, TruncatedAndLyingFiles) {
  const TemporaryFolder dir;
  const std::string whole = read_file(kModel);
  const auto import_bytes = [&](const std::string& bytes) {
    test::write_bytes(dir / "bad.bin", bytes);
    import_llama2c(dir / "bad.bin", dir / "m");
  };
  test::expect_error(ErrorCode::data_loss, "header", [&] { import_bytes(whole.substr(0, 20)); });
  test::expect_error(ErrorCode::data_loss, "the file has", [&] { import_bytes(whole.substr(0, whole.size() - 4)); });
  test::expect_error(ErrorCode::data_loss, "the file has", [&] { import_bytes(whole + "abcd"); });
  const auto with_header = [&](std::vector<int32_t> fields) {
    test::Bytes bytes;
    for (const int32_t field : fields) bytes.add(field);
    return bytes.add_text(whole.substr(28)).str();
  };
  test::expect_error(ErrorCode::invalid_argument, "n_heads 7 does not divide dim 64", [&] {
    import_bytes(with_header({64, 172, 5, 7, 4, 512, 512}));
  });
  test::expect_error(ErrorCode::invalid_argument, "num_key_value_heads 3", [&] {
    import_bytes(with_header({64, 172, 5, 8, 3, 512, 512}));
  });
  test::expect_error(ErrorCode::invalid_argument, "vocab_size", [&] {
    import_bytes(with_header({64, 172, 5, 8, 4, INT32_MIN, 512}));
  });
  test::expect_error(ErrorCode::invalid_argument, "num_hidden_layers", [&] {
    import_bytes(with_header({64, 172, INT32_MAX, 8, 4, 512, 512}));
  });
  test::expect_error(ErrorCode::data_loss, "the header asks for", [&] {
    import_bytes(with_header({64, 172, 4000, 8, 4, 512, 512}));
  });
  EXPECT_FALSE(fs::exists(dir / "m"));
}

TEST(Llama2c, BrokenVocabulary) {
  const TemporaryFolder dir;
  test::write_bytes(dir / "t.bin", test::Bytes().add<int32_t>(4).add(1.0f).add<int32_t>(5).add_text("hello").str());
  test::expect_error(ErrorCode::invalid_argument, "5 bytes long", [&] { read_llama2c_vocabulary(dir / "t.bin"); });
  test::write_bytes(dir / "t.bin", test::Bytes().add<int32_t>(4).add(1.0f).add<int32_t>(3).add_text("he").str());
  test::expect_error(ErrorCode::data_loss, "token", [&] { read_llama2c_vocabulary(dir / "t.bin"); });
}

}  // namespace
}  // namespace hone
