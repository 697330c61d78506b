// Behaviour of the tokenizer on small files. Expected values without a remark are Hugging Face tokenizers 0.23.3's.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/text/utf8.h"
#include "policy/tokenizer.h"
#include "proto/base/json.h"
#include "tests/policy/tokenizer_fixture.h"

namespace hone {
namespace {

using test::added_token;
using test::byte_level_file;
using test::load;
using test::pieces;
using Strings = std::vector<std::string>;
using Ids = std::vector<int32_t>;

TEST(Tokenizer, WithoutMergesEachByteIsAToken) {
  const auto tokenizer = load(byte_level_file());
  EXPECT_EQ(tokenizer->encode("a\xC3\xA9 "), (Ids{'a', 0xC3, 0xA9, ' '}));
  EXPECT_EQ(tokenizer->decode(Ids{'a', 0xC3, 0xA9, ' '}, false), "a\xC3\xA9 ");
  EXPECT_EQ(tokenizer->vocab_size(), 256);
  EXPECT_TRUE(tokenizer->encode("").empty());
  EXPECT_EQ(tokenizer->decode({}, false), "");
}

TEST(Tokenizer, RanksDecideAndTheLeftmostPairGoesFirst) {
  const auto tokenizer = load(byte_level_file({"b c", "a b", "a a"}));
  EXPECT_EQ(pieces(*tokenizer, "abc"), (Strings{"a", "bc"}));
  EXPECT_EQ(pieces(*tokenizer, "aaa"), (Strings{"aa", "a"}));
  EXPECT_EQ(pieces(*tokenizer, "aab"), (Strings{"a", "ab"}));
}

TEST(Tokenizer, MergesMayBePairs) {
  Json file = byte_level_file({"a b"});
  file["model"]["merges"] = Json::array({Json::array({"a", "b"})});
  EXPECT_EQ(pieces(*load(file), "ab"), Strings{"ab"});
}

TEST(Tokenizer, IgnoreMergesTakesWholeWordsFromTheVocabulary) {
  Json file = byte_level_file();
  file["model"]["vocab"]["\xC4\xA0hello"] = 256;  // " hello", that no merge builds
  EXPECT_EQ(load(file)->encode(" hello").size(), 6u);
  file["model"]["ignore_merges"] = true;
  EXPECT_EQ(load(file)->encode(" hello"), Ids{256});
}

TEST(Tokenizer, AbsentSymbolsAreDroppedOrUnknown) {
  Json file = byte_level_file();
  file["model"]["vocab"].erase("x");
  EXPECT_EQ(pieces(*load(file), "axxb"), (Strings{"a", "b"}));
  file["model"]["unk_token"] = "?";
  EXPECT_EQ(pieces(*load(file), "axxb"), (Strings{"a", "?", "?", "b"}));
  file["model"]["fuse_unk"] = true;
  EXPECT_EQ(pieces(*load(file), "axxbx"), (Strings{"a", "?", "b", "?"}));
}

TEST(Tokenizer, WithoutPreTokenizerSymbolsAreCharacters) {
  Json file = byte_level_file();
  file["pre_tokenizer"] = nullptr;
  file["model"]["vocab"]["\xE4\xB8\xAD"] = 256;
  EXPECT_EQ(load(file)->encode("a\xE4\xB8\xAD\xE6\x96\x87 b"),
            (Ids{'a', 256, 'b'}));  // the blank's own symbol is U+0120
}

TEST(Tokenizer, PrefixSpaceGoesBeforeEachTextBetweenAddedTokens) {
  Json file = byte_level_file();
  file["pre_tokenizer"]["add_prefix_space"] = true;
  file["added_tokens"] = Json::array({added_token(256, "<x>")});
  const auto tokenizer = load(file);
  EXPECT_EQ(pieces(*tokenizer, "a<x>b <x>"), (Strings{" ", "a", "<x>", " ", "b", " ", "<x>"}));
  EXPECT_TRUE(tokenizer->encode("").empty());
}

TEST(Tokenizer, TheLongestAddedTokenWins) {
  Json file = byte_level_file();
  file["added_tokens"] = Json::array({added_token(256, "<a"), added_token(257, "<a>"), added_token(258, "a>b")});
  EXPECT_EQ(load(file)->encode("<a>b<a"), (Ids{257, 'b', 256}));
  EXPECT_EQ(load(file)->encode("a>b"), Ids{258});
}

TEST(Tokenizer, AddedTokensTakeWhiteSpaceAlong) {
  Json file = byte_level_file();
  file["added_tokens"] = Json::array({added_token(256, "<l>"), added_token(257, "<r>")});
  file["added_tokens"][0]["lstrip"] = true;
  file["added_tokens"][1]["rstrip"] = true;
  const auto tokenizer = load(file);
  EXPECT_EQ(tokenizer->encode("a \n\xE2\x80\x83<l> b"), (Ids{'a', 256, ' ', 'b'}));
  EXPECT_EQ(tokenizer->encode("a <r> \t b"), (Ids{'a', ' ', 257, 'b'}));
  EXPECT_EQ(tokenizer->encode("<r>  <l>"), (Ids{257, 256}));
  file["added_tokens"].push_back(added_token(258, "\n"));
  EXPECT_EQ(load(file)->encode("\n<r> \n\na\n<l>"), (Ids{258, 257, 258, 258, 'a', 258, 256}));
  file["added_tokens"][2]["lstrip"] = true;
  file["added_tokens"][2]["rstrip"] = true;
  EXPECT_EQ(load(file)->encode("a \n\n b"), (Ids{'a', 258, 'b'}));
}

TEST(Tokenizer, SingleWordTokensNeedABoundary) {
  Json file = byte_level_file();
  file["added_tokens"] = Json::array({added_token(256, "ab")});
  file["added_tokens"][0]["single_word"] = true;
  const auto tokenizer = load(file);
  EXPECT_EQ(tokenizer->encode("ab ab,ab"), (Ids{256, ' ', 256, ',', 256}));
  EXPECT_EQ(tokenizer->encode("cab ab_"), (Ids{'c', 'a', 'b', ' ', 'a', 'b', '_'}));
  EXPECT_EQ(tokenizer->encode("ab\xC3\xA9").front(), 'a');
}

TEST(Tokenizer, NormalizedTokensAreSoughtInTheNormalisedText) {
  const std::string composed = "\xC3\xA9";     // e with acute, one code point
  const std::string decomposed = "e\xCC\x81";  // the same as two
  Json file = byte_level_file();
  file["normalizer"] = {{"type", "Sequence"}, {"normalizers", Json::array({{{"type", "NFC"}}})}};
  file["added_tokens"] =
      Json::array({added_token(256, "<" + decomposed + ">"), added_token(257, "[" + decomposed + "]")});
  file["added_tokens"][0]["normalized"] = true;
  const auto tokenizer = load(file);
  EXPECT_EQ(tokenizer->encode("<" + composed + ">"), Ids{256});
  EXPECT_EQ(tokenizer->encode("<" + decomposed + ">"), Ids{256});
  EXPECT_EQ(tokenizer->encode("[" + decomposed + "]"), Ids{257});
  EXPECT_EQ(tokenizer->encode("[" + composed + "]"), (Ids{'[', 0xC3, 0xA9, ']'}));
  EXPECT_EQ(tokenizer->encode(decomposed), (Ids{0xC3, 0xA9}));
}

TEST(Tokenizer, SpecialTokensAreLeftOutOnRequest) {
  Json file = byte_level_file();
  file["added_tokens"] = Json::array({added_token(256, "<s>"), added_token(257, "<t>")});
  file["added_tokens"][0]["special"] = true;
  const auto tokenizer = load(file);
  EXPECT_EQ(tokenizer->decode(Ids{256, 'a', 257}, false), "<s>a<t>");
  EXPECT_EQ(tokenizer->decode(Ids{256, 'a', 257}, true), "a<t>");
  EXPECT_TRUE(tokenizer->is_special(256));
  EXPECT_FALSE(tokenizer->is_special(257));
  EXPECT_FALSE(tokenizer->is_special(-1));
  EXPECT_FALSE(tokenizer->is_special(std::numeric_limits<int32_t>::max()));
}

TEST(Tokenizer, TemplatesPutIdsAroundTheText) {
  Json file = byte_level_file();
  file["added_tokens"] = Json::array({added_token(256, "<s>"), added_token(257, "</s>")});
  const auto special = [](const char* id) { return Json{{"SpecialToken", {{"id", id}, {"type_id", 0}}}}; };
  const Json around = {
      {"type", "TemplateProcessing"},
      {"single", Json::array({special("B"), {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}, special("E")})},
      {"special_tokens", {{"B", {{"id", "B"}, {"ids", {256}}}}, {"E", {{"id", "E"}, {"ids", {257, 33}}}}}}};
  file["post_processor"] = around;
  EXPECT_EQ(load(file)->encode("a", true), (Ids{256, 'a', 257, 33}));
  EXPECT_EQ(load(file)->encode("a"), Ids{'a'});
  file["post_processor"] = {{"type", "Sequence"},
                            {"processors", Json::array({{{"type", "ByteLevel"}}, around, around})}};
  EXPECT_EQ(load(file)->encode("a", true), (Ids{256, 256, 'a', 257, 33, 257, 33}));
}

TEST(Tokenizer, InvalidUtf8InTheTextIsReadAsReplacementCharacters) {  // Hone's own rule
  const auto tokenizer = load(byte_level_file());
  const std::string_view broken(
      "a\xFF\xE4\xB8"
      "b\xF0\x9F",
      7);
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(broken), false),
            "a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_EQ(tokenizer->encode(std::string_view("a\0b", 3)), (Ids{'a', 0, 'b'}));
}

TEST(Tokenizer, DecodeSkipsUnknownIds) {
  const auto tokenizer = load(byte_level_file());
  EXPECT_EQ(tokenizer->decode(Ids{'a', -1, 256, std::numeric_limits<int32_t>::max(), 'b'}, false), "ab");
}

TEST(Tokenizer, TokensAndIds) {
  const auto tokenizer = load(byte_level_file({"a b"}));
  EXPECT_EQ(tokenizer->token_to_id("ab"), std::optional<int32_t>(256));
  EXPECT_EQ(tokenizer->token_to_id("zz"), std::nullopt);
  EXPECT_EQ(tokenizer->id_to_token(' '), "\xC4\xA0");
  EXPECT_EQ(tokenizer->id_to_token(-1), "");
  EXPECT_EQ(tokenizer->id_to_token(257), "");
}

TEST(Tokenizer, AddedTokensOutsideTheAlphabetDecodeAsTheyAre) {
  Json file = byte_level_file();
  file["added_tokens"] = Json::array({added_token(300, " hi")});
  const auto tokenizer = load(file);
  EXPECT_EQ(tokenizer->vocab_size(), 301);
  EXPECT_EQ(tokenizer->decode(Ids{300}, false), " hi");
  EXPECT_EQ(tokenizer->id_to_token(299), "");
}

TEST(DecodeStream, WaitsForWholeCharacters) {
  const auto tokenizer = load(byte_level_file());
  DecodeStream stream(*tokenizer, true);
  EXPECT_EQ(stream.step('a'), std::optional<std::string>("a"));
  EXPECT_EQ(stream.step(0xE4), std::nullopt);
  EXPECT_EQ(stream.step(0xB8), std::nullopt);
  EXPECT_EQ(stream.step(0xAD), std::optional<std::string>("\xE4\xB8\xAD"));
  EXPECT_EQ(stream.step(0xFF), std::nullopt);
  EXPECT_EQ(stream.step('b'), std::optional<std::string>("\xEF\xBF\xBD"
                                                         "b"));
}

TEST(DecodeStream, SpecialTokensGiveNothing) {
  Json file = byte_level_file();
  file["added_tokens"] = Json::array({added_token(256, "<s>")});
  file["added_tokens"][0]["special"] = true;
  const auto tokenizer = load(file);
  DecodeStream stream(*tokenizer, true);
  EXPECT_EQ(stream.step(256), std::nullopt);
  EXPECT_EQ(stream.step('a'), std::optional<std::string>("a"));
  EXPECT_EQ(stream.step(256), std::nullopt);
  EXPECT_EQ(stream.step('b'), std::optional<std::string>("b"));
  DecodeStream whole(*tokenizer, false);
  EXPECT_EQ(whole.step(256), std::optional<std::string>("<s>"));
}

TEST(Utf8, OneReplacementForEachMaximalInvalidPart) {
  const std::string r(kReplacementCharacter);
  EXPECT_EQ(utf8_lossy("\xC0\xAF"), r + r);                  // overlong: both bytes stand alone
  EXPECT_EQ(utf8_lossy("\xE0\x80\x80"), r + r + r);          // overlong in three bytes
  EXPECT_EQ(utf8_lossy("\xED\xA0\x80"), r + r + r);          // a surrogate
  EXPECT_EQ(utf8_lossy("\xF4\x90\x80\x80"), r + r + r + r);  // above U+10FFFF
  EXPECT_EQ(utf8_lossy("\xF0\x9F\x98"), r);                  // cut short: one part
  EXPECT_EQ(utf8_lossy("\xF0\x9F\x98 \xE4\xB8"), r + " " + r);
  EXPECT_EQ(utf8_lossy("\xF4\x8F\xBF\xBF"), "\xF4\x8F\xBF\xBF");
  EXPECT_TRUE(is_valid_utf8("\xF0\x9F\x98\x80 \xED\x9F\xBF"));
  EXPECT_FALSE(is_valid_utf8("\x80"));
}

}  // namespace
}  // namespace hone
