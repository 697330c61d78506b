// Texts of countdown: read again with the exact evaluator of the reward.
#include "rl/data/make_countdown_texts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "rewards/expression.h"

namespace hone {
namespace {

constexpr int kLimit = 100;

PhiloxStream stream(uint64_t row) { return row_stream(7, 5, row); }

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return "";
  return text.substr(from + begin.size(), text.find(end, from) - from - begin.size());
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// "Use 6, 10, 3 to make 28." read again.
CountdownProblem read_prompt(const std::string& text) {
  CountdownProblem p;
  std::string list = between(text, "Use ", " to make ");
  std::replace(list.begin(), list.end(), ',', ' ');
  for (const std::string& word : words(list)) p.numbers.push_back(std::stoi(word));
  p.target = std::stoi(between(text, " to make ", "."));
  return p;
}

std::multiset<int> numbers_of(const std::string& expression) {
  std::multiset<int> out;
  for (const std::string& word : words(expression))
    if (std::isdigit(static_cast<unsigned char>(word[0])) != 0) out.insert(std::stoi(word));
  return out;
}

std::multiset<int> as_set(const std::vector<int>& numbers) { return {numbers.begin(), numbers.end()}; }

TEST(CountdownAttempt, LineAndAnswer) {
  const CountdownAttempt attempt{6, {{'*', 3, 18}, {'+', 10, 28}, {'/', 2, 14}}};
  EXPECT_EQ(attempt.line(14), " 6 * 3 = 18 + 10 = 28 / 2 = 14 for 14 yes.");
  EXPECT_EQ(attempt.line(28), " 6 * 3 = 18 + 10 = 28 / 2 = 14 for 28 no.");
  EXPECT_EQ(attempt.answer(), "<answer> ( ( 6 * 3 ) + 10 ) / 2</answer>");
  EXPECT_EQ(attempt.value(), 14);
}

TEST(CountdownAttempt, TheAnswerHasTheAttemptsValueAndNumbers) {
  for (uint64_t row = 0; row < 300; ++row) {
    PhiloxStream random = stream(row);
    const CountdownProblem p = draw_countdown(random, {{3, 5}, {1, 20}, kLimit}, false);
    const CountdownAttempt attempt = draw_attempt(random, p.numbers, kLimit);
    const std::string answer = between(attempt.answer(), "<answer>", "</answer>");
    const ExpressionValue value = evaluate_expression(answer);
    ASSERT_TRUE(value.value) << answer;
    EXPECT_EQ(*value.value, attempt.value()) << answer;
    EXPECT_EQ(numbers_of(answer), as_set(p.numbers));
    for (const auto& step : attempt.steps) EXPECT_TRUE(step.value >= 1 && step.value <= kLimit) << answer;
  }
}

/// All right attempts of a small problem, found another way: every order of the numbers with every choice of operators.
TEST(CountdownAttempt, RightAttemptsAreAll) {
  for (uint64_t row = 0; row < 60; ++row) {
    PhiloxStream random = stream(row);
    CountdownProblem p = draw_countdown(random, {{3, 3}, {1, 10}, kLimit}, false);
    std::set<std::string> expected, found;
    std::sort(p.numbers.begin(), p.numbers.end());
    do {
      for (const char first : {'+', '-', '*', '/'})
        for (const char second : {'+', '-', '*', '/'}) {
          const auto one = countdown_step(p.numbers[0], first, p.numbers[1], kLimit);
          const auto two = one ? countdown_step(*one, second, p.numbers[2], kLimit) : std::nullopt;
          if (two == p.target) expected.insert(CountdownAttempt{p.numbers[0], {{first, p.numbers[1], *one}, {second, p.numbers[2], *two}}}.line(p.target));
        }
    } while (std::next_permutation(p.numbers.begin(), p.numbers.end()));
    const auto attempts = right_attempts(p, kLimit);
    for (const auto& attempt : attempts) found.insert(attempt.line(p.target));
    EXPECT_EQ(found, expected) << p.prompt();
    EXPECT_EQ(attempts.size(), expected.size()) << "without doubles";
  }
}

TEST(CountdownTexts, SearchesAreRightSumsAndEndWithTheirLastAttempt) {
  CountdownCorpus corpus;
  corpus.problems = {{3, 4}, {1, 10}, kLimit};
  int searches = 0, right = 0, sums = 0, bare = 0;
  for (uint64_t row = 0; row < 1500; ++row) {
    PhiloxStream random = stream(row);
    const std::string text = draw_countdown_text(random, corpus);
    if (text.starts_with("Sums:")) {
      ++sums;
      continue;
    }
    const CountdownProblem p = read_prompt(text);
    EXPECT_FALSE(p.held_out()) << text;
    const std::string answer = between(text, "<answer>", "</answer>");
    EXPECT_EQ(numbers_of(answer), as_set(p.numbers)) << text;
    const ExpressionValue value = evaluate_expression(answer);
    ASSERT_TRUE(value.value) << text;
    const std::string think = between(text, "<think>", "</think>");
    if (think.empty()) {
      ++bare;
      continue;
    }
    ++searches;
    right += *value.value == p.target ? 1 : 0;
    const std::string last = think.substr(think.find_last_of('.', think.size() - 2) + 1);
    EXPECT_EQ(std::stoi(last.substr(last.find_last_of('=') + 2)), value.value->get_num().get_si()) << text;
    const std::string verdict = " for " + std::to_string(p.target) + (*value.value == p.target ? " yes." : " no.");
    EXPECT_TRUE(last.ends_with(verdict)) << text;
    EXPECT_EQ(think.substr(0, think.size() - last.size()).find("yes"), std::string::npos) << "only the last attempt makes the target: " << text;
  }
  EXPECT_NEAR(sums / 1500.0, corpus.sums, 0.04);
  EXPECT_NEAR(bare / 1500.0, corpus.bare, 0.04);
  EXPECT_GT(right, searches / 10);
  EXPECT_LT(right, searches * 6 / 10) << "most searches fail";
}

TEST(CountdownTexts, RightSearchesAndAnswersScore) {
  for (uint64_t row = 0; row < 200; ++row) {
    PhiloxStream random = stream(row);
    const CountdownProblem p = draw_countdown(random, {{3, 4}, {1, 10}, kLimit}, row % 2 == 0);
    for (const std::string& text : {draw_right_search(random, p, kLimit, 4), draw_right_answer(random, p, kLimit)}) {
      EXPECT_EQ(text.empty(), right_attempts(p, kLimit).empty());
      if (text.empty()) continue;
      const ExpressionValue value = evaluate_expression(between(text, "<answer>", "</answer>"));
      ASSERT_TRUE(value.value) << text;
      EXPECT_EQ(*value.value, p.target) << text;
    }
  }
}

}  // namespace
}  // namespace hone
