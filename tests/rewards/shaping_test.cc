// Length, repetition, language and word-count rules; public values of open-r1's tests where it has the rule.
#include <gtest/gtest.h>

#include <string>

#include "rewards/rewarder.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

/// Score of cosine_length for a text of `length` characters, judged by exact_match against "right".
double cosine(const std::string& text, const std::string& reference, const std::string& more = "") {
  const auto scorer = make_local_rewarder(Json::parse(R"([{"name": "exact_match", "weight": 0},
                      {"name": "cosine_length", "correct_by": "exact_match", "unit": "characters", "max_length": 100)" +
                                                      more + "}]"),
                                          "/f");
  Group group = group_of(reference, {completion_of(text)});
  scorer->score(group);
  return group.completions[0].reward.score;
}

TEST(CosineLength, PublicValues) {
  // open-r1's test pads its answer to 20 and 80 characters; the answer has 22, so its "20" is 22. It compares to 2 places.
  const std::string right = R"(\boxed{\frac{63}{400}})", wrong = R"(\boxed{\frac{64}{400}})";
  const auto padded = [](const std::string& text) { return text + std::string(80 - text.size(), ' '); };
  ASSERT_EQ(right.size(), 22u);
  EXPECT_NEAR(cosine(right, right), 0.943, 5e-4);
  EXPECT_NEAR(cosine(padded(right), right), 0.547, 1e-3);
  EXPECT_NEAR(cosine(wrong, right), -0.942, 1e-3);
  EXPECT_NEAR(cosine(padded(wrong), right), -0.547, 1e-3);
}

TEST(CosineLength, EndsAndBeyond) {
  EXPECT_EQ(cosine("", ""), 1.0);
  EXPECT_EQ(cosine("", "x"), -1.0);
  const std::string long_text(100, 'a'), longer(250, 'a');
  EXPECT_EQ(cosine(long_text, long_text), 0.5);
  EXPECT_EQ(cosine(longer, longer), 0.5) << "the wave does not rise again";
  EXPECT_EQ(cosine(longer, "x"), -0.5);
  EXPECT_DOUBLE_EQ(
      cosine(std::string(50, 'a'), std::string(50, 'a'), R"(, "max_value_correct": 4, "min_value_correct": 2)"), 3.0);
  EXPECT_DOUBLE_EQ(cosine(std::string(50, 'a'), "x", R"(, "min_value_wrong": -4, "max_value_wrong": -2)"), -3.0);
}

TEST(CosineLength, Units) {
  Completion completion = completion_of("h\xC3\xA9 \xFF x");
  completion.token_ids.assign(80, 1);
  const auto score = [&](const std::string& unit) {
    const auto scorer = make_local_rewarder(Json::parse(R"([{"name": "exact_match", "weight": 0},
                        {"name": "cosine_length", "correct_by": "exact_match", "max_length": 100, "unit": ")" +
                                                        unit + "\"}]"),
                                            "/f");
    Group group = group_of("h\xC3\xA9 \xFF x", {completion});
    scorer->score(group);
    return group.completions[0].reward.components[1].detail;
  };
  EXPECT_EQ(score("tokens"), "right at length 80");
  EXPECT_EQ(score("characters"), "right at length 6");
  EXPECT_EQ(score("words"), "right at length 3");
}

double repetition(const std::string& text, int n, double max_penalty) {
  const auto function = rule("repetition", R"({"ngram_size": )" + std::to_string(n) + R"(, "max_penalty": )" +
                                               std::to_string(max_penalty) + "}");
  return score_one(*function, "", text).score;
}

TEST(Repetition, PublicValues) {
  EXPECT_EQ(repetition("this is a test sentence", 2, -1), 0.0);
  EXPECT_EQ(repetition("this this this this this", 2, -1), -0.75);
  EXPECT_DOUBLE_EQ(repetition("this is a this is a test", 2, -1), -1.0 / 3);
  EXPECT_EQ(repetition("this is a test", 3, -0.5), 0.0);
  EXPECT_EQ(repetition("test test test test", 3, -0.5), -0.25);
  EXPECT_EQ(repetition("", 2, -1), 0.0);
  EXPECT_DOUBLE_EQ(repetition("this is a this is a test", 3, -2), -0.4);
  EXPECT_EQ(repetition("This is A Test", 2, -1), repetition("this IS a test", 2, -1));
  EXPECT_EQ(repetition("word", 3, -1), 0.0);
  EXPECT_EQ(repetition("two words", 3, -1), 0.0);
  EXPECT_EQ(repetition("word word word word", 3, -1), -0.5);
  EXPECT_EQ(repetition("one two one two", 3, -1), 0.0);
  EXPECT_EQ(repetition("A B C A B C", 3, -1), -0.25);
  EXPECT_NEAR(repetition("A B C A B C E F G A B C A B C", 3, -1), -0.3846, 1e-4);
}

TEST(Repetition, CaseWhiteSpaceAndTokens) {
  EXPECT_EQ(repetition("Word wORD\tword\n\xE3\x80\x80word word", 2, -1), -0.75) << "U+3000 is white space too";
  Completion completion = completion_of("\xE6\x88\x91");
  completion.token_ids = {4, 4, 4, 4, 4};
  EXPECT_EQ(rule("repetition", R"({"ngram_size": 2, "unit": "tokens"})")->score(group_of("", {completion})).at(0).score,
            -0.75);
  const std::string many(200'000, 'x');
  EXPECT_EQ(repetition(many, 3, -1), 0.0);
  std::string equal;
  for (int i = 0; i < 100'000; ++i) equal += "a ";
  EXPECT_NEAR(repetition(equal, 20, -1), -1.0, 1e-4);
}

TEST(Repetition, Settings) {
  EXPECT_NE(rule_error("repetition", R"({"max_penalty": 1.5})").find("/max_penalty: above 0"), std::string::npos);
  EXPECT_NE(rule_error("repetition", R"({"ngram_size": 0})").find("/ngram_size: 0 is out of range"), std::string::npos);
}

double language(const std::string& settings, const std::string& text) {
  return score_one(*rule("language", settings), "", text).score;
}

TEST(Language, ShareOfLettersOfTheScripts) {
  EXPECT_EQ(language("{}", "An answer: 42, na\xC3\xAFve."), 1.0);
  EXPECT_EQ(language("{}", "\xE7\xAD\x94\xE6\xA1\x88"), 0.0);
  EXPECT_DOUBLE_EQ(language("{}", "ab \xE7\xAD\x94\xE6\xA1\x88"), 0.5);
  EXPECT_DOUBLE_EQ(language(R"({"scripts": ["Han"]})", "\xE7\xAD\x94\xE6\xA1\x88 \\frac{1}{2} = 3"), 1.0)
      << "LaTeX names do not count";
  EXPECT_DOUBLE_EQ(language(R"({"scripts": ["Han"]})", "\xE7\xAD\x94\xE6\xA1\x88 ok"), 0.5);
  EXPECT_EQ(language(R"({"scripts": ["Hiragana", "Katakana", "Han"]})", "\xE7\xAD\x94\xE3\x81\x88\xE3\x83\xBC"), 1.0)
      << "the long-vowel mark belongs to both kana";
  EXPECT_DOUBLE_EQ(language("{}", "a\xFF\xD0\x96"), 0.5) << "an invalid byte is no letter";
}

TEST(Language, PartsAndTextsWithoutLetters) {
  EXPECT_EQ(score_one(*rule("language"), "", "1 + 2 = 3").outcome, Outcome::skipped);
  EXPECT_EQ(score_one(*rule("language"), "", "").outcome, Outcome::skipped);
  const std::string text = "thought</think>\xE7\xAD\x94";
  EXPECT_DOUBLE_EQ(language("{}", text), 12.0 / 13);
  EXPECT_EQ(language(R"({"part": "thought"})", text), 1.0);
  EXPECT_NE(rule_error("language", R"({"scripts": ["Klingon"]})").find("unknown script 'Klingon'"), std::string::npos);
}

TEST(WordCount, LimitsOfTheSettings) {
  const auto strict = rule("word_count", R"({"min": 2, "max": 4})");
  EXPECT_EQ(score_one(*strict, "", "one").score, 0.0);
  EXPECT_EQ(score_one(*strict, "", "one two").score, 1.0);
  EXPECT_EQ(score_one(*strict, "",
                      " one  two\n\nthree\xC2\xA0"
                      "four ")
                .score,
            1.0)
      << "no-break space parts words";
  EXPECT_EQ(score_one(*strict, "", "1 2 3 4 5").score, 0.0);
  EXPECT_EQ(score_one(*strict, "", "1 2 3 4 5").detail, "5 words");
  const auto share = rule("word_count", R"({"min": 2, "max": 4, "mode": "share"})");
  EXPECT_EQ(score_one(*share, "", "one").score, 0.5);
  EXPECT_EQ(score_one(*share, "", "").score, 0.0);
  EXPECT_EQ(score_one(*share, "", "1 2 3 4 5").score, 0.8);
  EXPECT_EQ(score_one(*share, "", "1 2 3").score, 1.0);
}

TEST(WordCount, LimitsOfTheData) {
  const auto function = rule("word_count", R"({"metadata_min": "least", "max": 5})");
  Group group = group_of("", {completion_of("one two")});
  EXPECT_EQ(function->score(group)[0].outcome, Outcome::skipped);
  for (const auto& [metadata, outcome, score] : {std::tuple{R"({"least": 2})", Outcome::scored, 1.0},
                                                 {R"({"least": 3})", Outcome::scored, 0.0},
                                                 {R"({"least": 6})", Outcome::skipped, 0.0},
                                                 {R"({"least": -1})", Outcome::skipped, 0.0},
                                                 {R"({"least": "2"})", Outcome::skipped, 0.0},
                                                 {"broken", Outcome::skipped, 0.0}}) {
    group.problem.metadata_json = metadata;
    EXPECT_EQ(function->score(group)[0].outcome, outcome) << metadata;
    EXPECT_EQ(function->score(group)[0].score, score) << metadata;
  }
  EXPECT_NE(rule_error("word_count", "{}").find("/min: missing"), std::string::npos);
  EXPECT_NE(rule_error("word_count", R"({"min": 5, "max": 4})").find("above max 4"), std::string::npos);
}

TEST(Format, PublicValues) {
  const auto format = rule("format");
  EXPECT_EQ(score_one(*format, "", "<think>Some reasoning</think><answer>The answer</answer>").score, 1.0);
  EXPECT_EQ(
      score_one(*format, "", "<think>\nI count:\n1. Scooter\n2. Bicycle\n\nThere are 2.\n</think>\n<answer>2</answer>")
          .score,
      1.0);
  for (const char* text : {"<think>Only thinking</think>", "<answer>Only answer</answer>", "No tags at all",
                           "<think>Missing closing</think><answer>Missing closing",
                           "<think>Wrong order</answer><answer>Wrong order</think>"})
    EXPECT_EQ(score_one(*format, "", text).score, 0.0) << text;
  // open-r1's tag count: a quarter for each tag with its end of line, present once.
  const auto count = rule("format", R"({"mode": "count", "think_open": "<think>\n", "think_close": "\n</think>\n",
                                        "answer_open": "\n<answer>\n", "answer_close": "\n</answer>"})");
  EXPECT_EQ(score_one(*count, "", "<think>\nSome reasoning\n</think>\n<answer>\nThe answer\n</answer>").score, 1.0);
  EXPECT_EQ(score_one(*count, "", "<think>\nSome reasoning\n<answer>\nThe answer\n</answer>").score, 0.75);
  EXPECT_EQ(score_one(*count, "", "Some reasoning\nThe answer").score, 0.0);
}

}  // namespace
}  // namespace hone
