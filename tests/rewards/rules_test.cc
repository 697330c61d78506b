#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "proto/base/error.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

std::string error_of(const std::string& name, const std::string& settings) {
  try {
    rule(name, settings);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
    return e.what();
  }
  return "no error";
}

TEST(ExactMatch, Settings) {
  const auto plain = rule("exact_match");
  EXPECT_EQ(score_one(*plain, "Paris", " Paris\n").score, 1.0);
  EXPECT_EQ(score_one(*plain, "Paris", "paris").score, 0.0);
  EXPECT_EQ(score_one(*plain, "Paris", "Paris.").score, 0.0);
  EXPECT_EQ(score_one(*plain, "", "").score, 1.0);
  EXPECT_EQ(score_one(*rule("exact_match", R"({"ignore_case": true})"), "Paris", "PARIS ").score, 1.0);
  EXPECT_EQ(score_one(*rule("exact_match", R"({"strip": false})"), "Paris", "Paris ").score, 0.0);
}

TEST(IntegerAnswer, WholeTextAndAStop) {
  const auto integer = rule("integer_answer");
  for (const char* text : {"82", " 82", "82\n", "+82", "082"})
    EXPECT_EQ(score_one(*integer, "82", text).score, 1.0) << text;
  for (const char* text :
       {"", " ", "-82", "8 2", "82.", "82.0", "82 apples", "eighty-two", "8282", "+-82", "-", "0x52"})
    EXPECT_EQ(score_one(*integer, "82", text).score, 0.0) << text;
  EXPECT_EQ(score_one(*integer, "82", "82", FinishReason::stop_string).score, 1.0);
  EXPECT_EQ(score_one(*integer, "82", "82", FinishReason::length).score, 0.0);
  EXPECT_EQ(score_one(*integer, "82", "82", FinishReason::cancelled).score, 0.0);
  EXPECT_EQ(score_one(*integer, "0", "-0").score, 1.0);
  EXPECT_EQ(score_one(*integer, "-5", "-5").score, 1.0);
  EXPECT_EQ(score_one(*integer, "1.5", "1").outcome, Outcome::skipped);
  EXPECT_EQ(score_one(*integer, "", "").outcome, Outcome::skipped);
}

TEST(Format, Strict) {
  const auto format = rule("format");
  for (const char* text : {"<think>a</think><answer>b</answer>", " <think>a\n</think>\n <answer>b</answer>\n",
                           "<think></think><answer></answer>"})
    EXPECT_EQ(score_one(*format, "", text).score, 1.0) << text;
  for (const char* text :
       {"", "<think>a</think>", "<answer>b</answer>", "<answer>b</answer><think>a</think>",
        "x <think>a</think><answer>b</answer>", "<think>a</think><answer>b</answer> x",
        "<think>a</think> x <answer>b</answer>", "<think>a<answer>b</think></answer>",
        "<think>a</think><think>a</think><answer>b</answer>", "<think>a</think><answer>b</answer><answer>b</answer>",
        "</think>a<think><answer>b</answer>"})
    EXPECT_EQ(score_one(*format, "", text).score, 0.0) << text;
}

TEST(Format, Count) {
  const auto format = rule("format", R"({"mode": "count"})");
  EXPECT_EQ(score_one(*format, "", "<think>a</think><answer>b</answer>").score, 1.0);
  EXPECT_EQ(score_one(*format, "", "<think>a</think><answer>b").score, 0.75);
  EXPECT_EQ(score_one(*format, "", "<think>a</think>").score, 0.5);
  EXPECT_EQ(score_one(*format, "", "<think><think>a</think>").score, 0.25);
  EXPECT_EQ(score_one(*format, "", "").score, 0.0);
}

TEST(Format, TagsOfTheCaller) {
  const auto prefilled = rule("format", R"({"think_open": "", "answer_close": ""})");
  EXPECT_EQ(score_one(*prefilled, "", "a</think><answer>b").score, 1.0);
  EXPECT_EQ(score_one(*prefilled, "", "a</think>b").score, 0.0);
  const auto half = rule("format", R"({"think_open": "", "answer_close": "", "mode": "count"})");
  EXPECT_EQ(score_one(*half, "", "a</think>").score, 0.5);
  const auto overlapping =
      rule("format", R"({"think_open": "", "think_close": "ab", "answer_open": "bc", "answer_close": ""})");
  EXPECT_EQ(score_one(*overlapping, "", "abc").score, 0.0);
  EXPECT_EQ(score_one(*overlapping, "", "ab bc").score, 1.0);
  EXPECT_EQ(error_of("format", R"({"think_close": ""})"),
            "/rewards/functions/0/think_close: empty; give the tag's text");
  EXPECT_NE(error_of("format", R"({"think_open": "think"})").find("is part of think_close"), std::string::npos);
  EXPECT_NE(error_of("format", R"({"mode": "strikt"})").find("give one of: strict, count"), std::string::npos);
}

double overlong(const std::string& settings, std::size_t tokens) {
  Completion completion = completion_of("");
  completion.token_ids.assign(tokens, 5);
  return rule("overlong", settings)->score(group_of("", {completion})).at(0).score;
}

TEST(Overlong, EquationThirteen) {
  const std::string settings = R"({"max_completion_length": 100, "cache_length": 20})";
  EXPECT_EQ(overlong(settings, 0), 0.0);
  EXPECT_EQ(overlong(settings, 50), 0.0);
  EXPECT_EQ(overlong(settings, 80), 0.0);
  EXPECT_DOUBLE_EQ(overlong(settings, 81), -0.05);
  EXPECT_DOUBLE_EQ(overlong(settings, 90), -0.5);
  EXPECT_EQ(overlong(settings, 100), -1.0);
  EXPECT_EQ(overlong(settings, 110), -1.0);
  const std::string step = R"({"max_completion_length": 100, "cache_length": 0})";
  EXPECT_EQ(overlong(step, 100), 0.0);
  EXPECT_EQ(overlong(step, 101), -1.0);
}

TEST(Overlong, BadSettings) {
  EXPECT_EQ(error_of("overlong", R"({"cache_length": 5})"),
            "/rewards/functions/0/max_completion_length: missing; this setting is required");
  EXPECT_EQ(error_of("overlong", R"({"max_completion_lenght": 9, "cache_length": 5})"),
            "/rewards/functions/0/max_completion_lenght: unknown key; did you mean max_completion_length?");
  EXPECT_NE(error_of("overlong", R"({"max_completion_length": 10, "cache_length": 11})")
                .find("above max_completion_length 10"),
            std::string::npos);
  EXPECT_NE(error_of("overlong", R"({"max_completion_length": 0, "cache_length": 0})").find("out of range"),
            std::string::npos);
  EXPECT_NE(error_of("overlong", R"({"max_completion_length": 18446744073709551615, "cache_length": 0})")
                .find("out of range"),
            std::string::npos);
  EXPECT_NE(error_of("overlong", R"({"max_completion_length": 1.5, "cache_length": 0})").find("found a number"),
            std::string::npos);
}

TEST(PrefixMatch, Shares) {
  const auto prefix = rule("prefix_match");
  EXPECT_DOUBLE_EQ(score_one(*prefix, "1,2", "1,2").score, 1.0);
  EXPECT_DOUBLE_EQ(score_one(*prefix, "1,2", "1,2", FinishReason::length).score, 0.75);
  EXPECT_DOUBLE_EQ(score_one(*prefix, "1,2", "1,2", FinishReason::stop_string).score, 0.75);
  EXPECT_DOUBLE_EQ(score_one(*prefix, "1,2", "1,2,3").score, 0.75);
  EXPECT_DOUBLE_EQ(score_one(*prefix, "1,2", "1,").score, 0.5);
  EXPECT_DOUBLE_EQ(score_one(*prefix, "1,2", "1;2").score, 0.25);
  EXPECT_DOUBLE_EQ(score_one(*prefix, "1,2", "2,2").score, 0.0);
  EXPECT_DOUBLE_EQ(score_one(*prefix, "1,2", "").score, 0.0);
  EXPECT_DOUBLE_EQ(score_one(*prefix, "", "").score, 1.0);
  EXPECT_DOUBLE_EQ(score_one(*prefix, "", "1").score, 0.0);
  EXPECT_DOUBLE_EQ(score_one(*prefix, "é1", "é").score, 1.0 / 3);
  EXPECT_DOUBLE_EQ(score_one(*prefix, "é1", "\xC3").score, 0.0);
}

TEST(Regex, FullAndSearch) {
  const auto full = rule("regex", R"({"pattern": "\\d+"})");
  EXPECT_EQ(score_one(*full, "", "123").score, 1.0);
  EXPECT_EQ(score_one(*full, "", "123 ").score, 0.0);
  EXPECT_EQ(score_one(*full, "", "").score, 0.0);
  const auto alternatives = rule("regex", R"({"pattern": "a|ab"})");
  EXPECT_EQ(score_one(*alternatives, "", "ab").score, 1.0);
  const auto search = rule("regex", R"({"pattern": "\\d+", "mode": "search"})");
  EXPECT_EQ(score_one(*search, "", "a 1 b").score, 1.0);
  EXPECT_EQ(score_one(*search, "", "\xFF\xFE 7 \xC3").score, 1.0);
  EXPECT_EQ(score_one(*search, "", std::string("\0 8", 3)).score, 1.0);
}

TEST(Regex, LimitsGiveAnErrorNotAZero) {
  const auto slow = rule("regex", R"x({"pattern": "(a|aa)+[bc]"})x");
  const RewardComponent component = score_one(*slow, "", std::string(60, 'a'));
  EXPECT_EQ(component.outcome, Outcome::error);
  EXPECT_EQ(component.detail, "regular expression: match limit exceeded");
}

TEST(Regex, BadPatterns) {
  EXPECT_NE(error_of("regex", R"x({"pattern": "(a"})x").find("/pattern: '(a' is not a valid pattern"),
            std::string::npos);
  EXPECT_NE(error_of("regex", "{}").find("/pattern: missing"), std::string::npos);
  EXPECT_NE(error_of("regex", R"({"pattern": ")" + std::string(5000, 'a') + "\"}").find("at most 4096"),
            std::string::npos);
}

}  // namespace
}  // namespace hone
