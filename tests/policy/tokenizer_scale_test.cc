// Long texts, many threads, and the merge heap against the obvious quadratic loop. Failures here are crashes, match
// limits or a test that runs into its time limit.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "policy/text/bpe_model.h"
#include "policy/text/merge_table.h"
#include "policy/tokenizer.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/random.h"
#include "tests/policy/tokenizer_fixture.h"

namespace hone {
namespace {

using test::byte_level_file;
using test::load;
using test::split_step;
using Ids = std::vector<int32_t>;

constexpr const char* kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

std::unique_ptr<Tokenizer> long_text_tokenizer(bool gpt2) {
  Json file = byte_level_file({"a a", "aa aa", "\xC4\xA0 \xC4\xA0", "\xC4\xA0\xC4\xA0 \xC4\xA0\xC4\xA0", "b a"});
  if (!gpt2) {
    file["pre_tokenizer"]["use_regex"] = false;
    file["pre_tokenizer"] = {{"type", "Sequence"},
                             {"pretokenizers", Json::array({split_step(kLlama3), file["pre_tokenizer"]})}};
  }
  return load(file);
}

std::string repeat(const std::string& part, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  return text;
}

TEST(TokenizerScale, LongRunsOfOneKind) {
  for (const bool gpt2 : {true, false}) {
    const auto tokenizer = long_text_tokenizer(gpt2);
    for (const char* part : {" ", "a", "7", "!", "\n", " \n", "\xE4\xB8\xAD", "'s", "a b"}) {
      const std::string text = repeat(part, 200'000);
      EXPECT_EQ(tokenizer->decode(tokenizer->encode(text), false), text) << part;
    }
  }
}

TEST(TokenizerScale, OneWordOfAMegabyte) {
  const auto tokenizer = long_text_tokenizer(true);
  const std::string text(1 << 20, 'a');
  EXPECT_EQ(tokenizer->encode(text).size(), text.size() / 4);
  const std::string mixed = repeat("aab", 1 << 20);
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(mixed), false), mixed);
}

TEST(TokenizerScale, BacktrackingThroughGroupsLeavesTheDefaultStack) {
  Json file = byte_level_file();
  file["pre_tokenizer"] = split_step(R"(\A(?:(?:a|b)(?:c|d)?)+\z)");
  const std::string text = repeat("abcad", 200'000) + "!";
  try {
    EXPECT_EQ(load(file)->encode(text).size(), text.size());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);  // too many steps is an answer, a crash is not
  }
}

TEST(TokenizerScale, TextsAboveTheLimitAreRefused) {
  const auto tokenizer = load(byte_level_file());
  const std::string text((std::size_t{64} << 20) + 1, ' ');
  EXPECT_THROW(tokenizer->encode(text), Error);
}

// Joins the leftmost pair of lowest rank until none is left.
void apply_merges_slowly(const MergeTable& merges, Ids& symbols) {
  for (;;) {
    const Merge* best = nullptr;
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const Merge* merge = merges.find(symbols[i], symbols[i + 1]);
      if (merge != nullptr && (best == nullptr || merge->rank < best->rank)) {
        best = merge;
        at = i;
      }
    }
    if (best == nullptr) return;
    symbols[at] = best->id;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

TEST(BpeMerge, EqualsTheQuadraticLoop) {
  PhiloxStream random(7);
  for (int round = 0; round < 300; ++round) {
    // Each merge makes a new id out of two earlier ones, so ranks grow with ids, as training makes them.
    const int rules = 1 + static_cast<int>(random.next_below(40));
    MergeTable merges(static_cast<std::size_t>(rules));
    for (int i = 0; i < rules; ++i) {
      const auto pick = [&] { return static_cast<int32_t>(random.next_below(static_cast<uint64_t>(3 + i))); };
      const int32_t left = pick();
      const int32_t right = pick();
      if (merges.find(left, right) == nullptr) merges.insert(left, right, {static_cast<uint32_t>(i), 3 + i});
    }
    Ids symbols(random.next_below(120));
    for (int32_t& symbol : symbols) symbol = static_cast<int32_t>(random.next_below(3));
    Ids expected = symbols;
    apply_merges_slowly(merges, expected);
    apply_merges(merges, symbols);
    ASSERT_EQ(symbols, expected) << "round " << round;
  }
}

TEST(TokenizerScale, ThreadsShareOneTokenizer) {
  const auto tokenizer = long_text_tokenizer(false);
  std::vector<std::string> texts;
  std::vector<Ids> expected;
  PhiloxStream random(11);
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (int j = 0; j < 40; ++j) text += "ab 1\n\xC3\xA9 aa"[random.next_below(9)];
    expected.push_back(long_text_tokenizer(false)->encode(text));
    texts.push_back(std::move(text));
  }
  std::vector<std::thread> threads;
  std::vector<std::vector<Ids>> results(4);
  for (auto& result : results) {
    threads.emplace_back([&] {
      for (const std::string& text : texts) result.push_back(tokenizer->encode(text));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

TEST(TokenizerScale, RandomTextsComeBack) {
  const auto tokenizer = long_text_tokenizer(false);
  PhiloxStream random(13);
  for (int i = 0; i < 500; ++i) {
    std::string text;
    const std::size_t length = random.next_below(60);
    while (text.size() < length) {
      const char32_t c = static_cast<char32_t>(random.next_below(0x2FFF) + 1);
      if (c < 0x80) {
        text += static_cast<char>(c);
      } else if (c < 0x800) {
        text += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
      } else {
        text += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
                 static_cast<char>(0x80 | (c & 0x3F))};
      }
    }
    EXPECT_EQ(tokenizer->decode(tokenizer->encode(text), true), text);
  }
}

}  // namespace
}  // namespace hone
