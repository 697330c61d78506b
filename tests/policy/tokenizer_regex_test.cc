// Regular expressions and pre-tokenizers: the words they cut. Expected values are Hugging Face tokenizers 0.23.3's
// (Oniguruma).
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "policy/text/pre_tokenizer.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "tests/policy/tokenizer_fixture.h"

namespace hone {
namespace {

using test::split_step;
using Strings = std::vector<std::string>;

Strings words(const Json& pre_tokenizer, std::string_view text) {
  const PreTokenizer steps = PreTokenizer::from_json(JsonNode(pre_tokenizer, "tokenizer.json: "));
  PieceList list;
  steps.split(text, list);
  return {list.pieces.begin(), list.pieces.end()};
}
Strings cut(const std::string& regex, std::string_view text) { return words(split_step(regex), text); }

bool is_unsupported(const std::string& regex) {
  try {
    cut(regex, "x");
  } catch (const Error& error) {
    return error.code() == ErrorCode::unimplemented;
  }
  return false;
}

TEST(PreTokenizer, SplitBehaviors) {
  const auto split = [](const char* behavior, bool invert) {
    return words(split_step("-", behavior, invert), "-a--b-c");
  };
  EXPECT_EQ(split("Isolated", false), (Strings{"-", "a", "-", "-", "b", "-", "c"}));
  EXPECT_EQ(split("Removed", false), (Strings{"a", "b", "c"}));
  EXPECT_EQ(split("MergedWithPrevious", false), (Strings{"-", "a-", "-", "b-", "c"}));
  EXPECT_EQ(split("MergedWithNext", false), (Strings{"-a", "-", "-b", "-c"}));
  EXPECT_EQ(split("Contiguous", false), (Strings{"-", "a", "--", "b", "-", "c"}));
  EXPECT_EQ(split("Removed", true), (Strings{"-", "-", "-", "-"}));
  EXPECT_EQ(split("MergedWithPrevious", true), (Strings{"-a", "-", "-b", "-c"}));
}

TEST(PreTokenizer, LiteralPatterns) {
  Json step = split_step("");
  step["pattern"] = {{"String", "a.b"}};
  EXPECT_EQ(words(step, "aXba.bc"), (Strings{"aXb", "a.b", "c"}));
  step["pattern"] = {{"String", ""}};
  EXPECT_EQ(words(step, "abc"), (Strings{"a", "b", "c"}));
}

TEST(PreTokenizer, Digits) {
  const auto digits = [](bool individual) { return Json{{"type", "Digits"}, {"individual_digits", individual}}; };
  EXPECT_EQ(words(digits(true), "a12 3\xC2\xBD"), (Strings{"a", "1", "2", " ", "3", "\xC2\xBD"}));
  EXPECT_EQ(words(digits(false), "a12 3\xC2\xBD"), (Strings{"a", "12", " ", "3\xC2\xBD"}));
}

TEST(PreTokenizer, Gpt2Words) {
  const Json step = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  EXPECT_EQ(words(step, "I'll be 12  o'clock,  \n"),
            (Strings{"I", "'ll", " be", " 12", " ", " o", "'", "clock", ",", "  \n"}));
  EXPECT_EQ(words(step, "   a"), (Strings{"  ", " a"}));
  EXPECT_EQ(words(step, "we'REn't"), (Strings{"we", "'", "REn", "'t"}));
}

TEST(RegexSyntax, WhiteSpaceIsUnicodes) {
  EXPECT_EQ(cut(R"(\s)",
                "a\u180eb\u0085c\u200bd\u2028e\x1c"
                "f"),
            (Strings{"a\u180eb", "\u0085", "c\u200bd", "\u2028",
                     "e\x1c"
                     "f"}));
  EXPECT_EQ(cut(R"([^\S\n]+)", "a \n b"), (Strings{"a", " ", "\n", " ", "b"}));
}

TEST(RegexSyntax, WordCharacters) {
  EXPECT_EQ(cut(R"(\w+)", "a\u0301b _ \u203f \u200d a\u00bd"),
            (Strings{"a\u0301b", " ", "_", " ", "\u203f", " \u200d ", "a\u00bd"}));
  EXPECT_EQ(cut(R"([\w-]+)", "a\u24b6 \u2160-\u2460\u00bd"), (Strings{"a\u24b6", " ", "\u2160-", "\u2460\u00bd"}));
  EXPECT_EQ(cut(R"(\W)", "a-b"), (Strings{"a", "-", "b"}));
}

TEST(RegexSyntax, ScriptsAreNotScriptExtensions) {
  EXPECT_EQ(cut(R"(\p{Han}+)", "a\u3001\u4e00\u30fc"), (Strings{"a\u3001", "\u4e00", "\u30fc"}));
}

TEST(RegexSyntax, Escapes) {
  EXPECT_EQ(cut(R"(\u0062)", "abc"), (Strings{"a", "b", "c"}));
  EXPECT_EQ(cut(R"(\v)", "a\vb\nc"), (Strings{"a", "\v", "b\nc"}));
  EXPECT_EQ(cut(R"([\]\\\-])", "a]b\\c-"), (Strings{"a", "]", "b", "\\", "c", "-"}));
}

TEST(RegexSyntax, QuantifiersAndAnchors) {
  EXPECT_EQ(cut("a{,2}", "aaaab"), (Strings{"aa", "aa", "b"}));
  EXPECT_EQ(cut("a++b", "aab"), (Strings{"aab"}));
  EXPECT_EQ(cut("^b|c$", "a\nbc\nbb"), (Strings{"a\n", "b", "c", "\n", "b", "b"}));
  EXPECT_EQ(cut("x*", "abxxcx"), (Strings{"a", "b", "xx", "c", "x"}));
  EXPECT_EQ(cut("(?i:'s|'t)", "I'\u017f I'S I's"), (Strings{"I", "'\u017f", " I", "'S", " I", "'s"}));
}

TEST(RegexSyntax, WhatWouldMeanSomethingElseIsRefused) {
  for (const char* regex :
       {"[a[bc]]", "[a&&b]", "[[:alpha:]]", R"(\h)", R"(\b)", R"((a)\1)", "(?m:.)", "(?<n>a)", "(*UTF)a", "(?R)",
        "a{2}+", "a{2}?", R"([\W])", R"(\u12)", R"(\pL)", R"(\K)", R"(\Qa\E)", "(?#x)"}) {
    EXPECT_TRUE(is_unsupported(regex)) << regex;
  }
}

}  // namespace
}  // namespace hone
