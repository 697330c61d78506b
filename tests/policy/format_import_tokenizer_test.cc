#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "policy/format/gguf_import.h"
#include "policy/tokenizer.h"
#include "proto/base/json.h"
#include "tests/policy/format_test_support.h"

namespace hone {
namespace {

TEST(GgufReference, ImportedTokenizersEncode) {
  const std::filesystem::path root = test::reference_dir() / "gguf";
  if (!std::filesystem::is_directory(root)) GTEST_SKIP() << root << " is not there";
  int checked = 0;
  for (const auto& item : std::filesystem::directory_iterator(root)) {
    if (item.path().extension() != ".gguf") continue;
    const GgufFile file(item.path());
    ImportReport report;
    report.config = gguf_model_config(file);
    const auto files = gguf_tokenizer_files(file, report);
    const auto tokenizer = Tokenizer::from_json(files.at(0).bytes, item.path().string());
    const Json reference = read_json_file(std::filesystem::path(item.path()).replace_extension("json"));
    for (const Json& row : reference.at("tokenizer_cases")) {
      const std::string text = row.at("text");
      EXPECT_EQ(tokenizer->encode(text), row.at("ids").get<std::vector<int32_t>>()) << item.path() << ": " << text;
    }
    ++checked;
  }
  EXPECT_GT(checked, 0) << "no GGUF file under " << root;
}

}  // namespace
}  // namespace hone
