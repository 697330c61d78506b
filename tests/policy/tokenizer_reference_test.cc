// Every tokenizer under <reference>/tokenizers against the ids and texts that Hugging Face `tokenizers` gave.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/tokenizer.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "tests/policy/reference_tally.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

fs::path reference_dir() {
  const char* dir = std::getenv("HONE_REFERENCE_DIR");
  return fs::path(dir != nullptr ? dir : HONE_SOURCE_DIR "/tests/reference") / "tokenizers";
}

std::vector<int32_t> ids_of(const Json& row) { return row.at("ids").get<std::vector<int32_t>>(); }

// Calls check(row) for each line of a file that may be absent; returns the number of lines.
template <class Check>
std::size_t for_each_case(const fs::path& file, const Check& check) {
  if (!fs::exists(file)) {
    std::cout << "  absent: " << file.filename().string() << "\n";
    return 0;
  }
  std::size_t count = 0;
  for_each_jsonl(file, [&](const Json& row, std::size_t line) {
    SCOPED_TRACE(file.string() + ":" + std::to_string(line));
    check(row);
    ++count;
  });
  return count;
}

void check_text(const Tokenizer& tokenizer, const Json& row) {
  EXPECT_EQ(tokenizer.encode(row.at("text").get<std::string>()), ids_of(row));
  if (row.contains("decoded")) {
    EXPECT_EQ(tokenizer.decode(ids_of(row), false), row["decoded"].get<std::string>());
  }
  if (row.contains("decoded_skip")) {
    EXPECT_EQ(tokenizer.decode(ids_of(row), true), row["decoded_skip"].get<std::string>());
  }
}

void check_decode(const Tokenizer& tokenizer, const Json& row) {
  EXPECT_EQ(tokenizer.decode(ids_of(row), false), row.at("decoded").get<std::string>());
  EXPECT_EQ(tokenizer.decode(ids_of(row), true), row.at("decoded_skip").get<std::string>());
}

void check_stream(const Tokenizer& tokenizer, const Json& row) {
  const std::vector<int32_t> ids = ids_of(row);
  const Json& prefixes = row.at("prefix_decoded");
  const Json& chunks = row.at("stream_chunks");
  ASSERT_EQ(prefixes.size(), ids.size());
  ASSERT_EQ(chunks.size(), ids.size());
  DecodeStream stream(tokenizer, true);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(tokenizer.decode(std::span(ids).first(i + 1), true), prefixes[i].get<std::string>()) << "prefix " << i;
    const std::optional<std::string> chunk = stream.step(ids[i]);
    EXPECT_EQ(chunk.has_value(), !chunks[i].is_null()) << "chunk " << i;
    if (chunk && !chunks[i].is_null()) {
      EXPECT_EQ(*chunk, chunks[i].get<std::string>()) << "chunk " << i;
    }
  }
}

void check_special(const Tokenizer& tokenizer, const Json& row) {
  EXPECT_EQ(tokenizer.encode(row.at("text").get<std::string>(), true), ids_of(row));
}

/// Runs all cases of one folder, or notes that the tokenizer is of an unsupported kind.
void check_folder(const fs::path& dir, test::ReferenceTally& tally) {
  std::unique_ptr<Tokenizer> tokenizer;
  try {
    tokenizer = Tokenizer::from_json(read_file(dir / "tokenizer.json"), (dir / "tokenizer.json").string());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unimplemented) throw;
    tally.unsupported(dir, error.what());
    return;
  }
  std::size_t cases = 0;
  cases += for_each_case(dir / "cases.jsonl", [&](const Json& row) { check_text(*tokenizer, row); });
  cases += for_each_case(dir / "decode_cases.jsonl", [&](const Json& row) { check_decode(*tokenizer, row); });
  cases += for_each_case(dir / "stream_cases.jsonl", [&](const Json& row) { check_stream(*tokenizer, row); });
  cases += for_each_case(dir / "special_cases.jsonl", [&](const Json& row) { check_special(*tokenizer, row); });
  EXPECT_GT(cases, 0u) << dir << " has no cases";
  tally.checked(dir, std::to_string(cases) + " cases");
}

TEST(TokenizerReference, EqualsHuggingFaceTokenizers) {
  if (!fs::is_directory(reference_dir())) GTEST_SKIP() << "no folder " << reference_dir();
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(reference_dir())) {
    if (fs::exists(entry.path() / "tokenizer.json")) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  test::ReferenceTally tally(reference_dir());
  for (const fs::path& folder : folders) check_folder(folder, tally);
  tally.finish();
}

}  // namespace
}  // namespace hone
