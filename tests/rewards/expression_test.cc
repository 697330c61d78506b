#include "rewards/expression.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "proto/base/random.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

std::string evaluated(const std::string& text) {
  const ExpressionValue result = evaluate_expression(text);
  return result.value ? result.value->get_str() : result.reason;
}

TEST(Expression, Values) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"7", "7"},           {" 8 - 3 ", "5"},          {"2+3*4", "14"},     {"(2+3)*4", "20"},     {"10/4", "5/2"},
      {"8-3-2", "3"},       {"16/4/2", "2"},           {"2 x 3", "6"},      {"2 \xC3\x97 3", "6"}, {"-3+5", "2"},
      {"2*(-3)", "-6"},     {"( 76.0 - 25.0 )", "51"}, {"1,200+1", "1201"}, {"0.1+0.2", "3/10"},   {"-(2+3)", "-5"},
      {"1/3+1/3+1/3", "1"}, {"((((5))))", "5"},        {"-2*3+10", "4"},    {"+4", "4"},           {"6/(1-3)", "-3"}};
  for (const auto& [text, value] : cases) EXPECT_EQ(evaluated(text), value) << text;
}

TEST(Expression, Refusals) {
  const std::vector<std::pair<std::string, std::string>> cases{{"", "the expression is not complete"},
                                                               {"5 +", "the expression is not complete"},
                                                               {"(5", "the expression is not complete"},
                                                               {"5)", "unexpected ')' at 1"},
                                                               {"()", "unexpected ')' at 1"},
                                                               {"5 5", "unexpected '5' at 2"},
                                                               {"3 - -2", "unexpected '-2' at 4"},
                                                               {"3 * -2", "unexpected '-2' at 4"},
                                                               {"--3", "unexpected '-3' at 1"},
                                                               {"2**3", "unexpected '*3' at 2"},
                                                               {"2^3", "unexpected '^3' at 1"},
                                                               {"5 apples", "unexpected 'apples' at 2"},
                                                               {"x", "unexpected 'x' at 0"},
                                                               {"1e5", "unexpected 'e5' at 1"},
                                                               {"system(1)", "unexpected 'system(1' at 0"},
                                                               {"5/0", "division by zero"},
                                                               {"5/(3-3)", "division by zero"}};
  for (const auto& [text, reason] : cases) {
    const ExpressionValue result = evaluate_expression(text);
    EXPECT_FALSE(result.value) << text;
    EXPECT_EQ(result.reason, reason) << text;
  }
}

TEST(Expression, Limits) {
  const auto nested = [](int depth) { return std::string(depth, '(') + "1" + std::string(depth, ')'); };
  EXPECT_EQ(evaluated(nested(kMaxExpressionDepth - 1)), "1");
  EXPECT_EQ(evaluated(nested(kMaxExpressionDepth)), "more than 64 open parentheses");
  EXPECT_EQ(evaluated(nested(100000)), "longer than 1024 bytes");
  EXPECT_EQ(evaluated(std::string(1 << 20, '7')), "longer than 1024 bytes");
  EXPECT_EQ(evaluated(std::string(1001, '7')), "a number has more than 1000 digits");
}

/// Random sums and products with brackets against the same value in 64-bit integers.
struct Sample {
  std::string text;
  int64_t value;
};
Sample random_expression(PhiloxStream& rng, int depth) {
  if (depth == 0) {
    const auto n = static_cast<int64_t>(rng.next_below(10));
    return {std::to_string(n), n};
  }
  const Sample a = random_expression(rng, depth - 1);
  const Sample b = random_expression(rng, depth - 1);
  switch (rng.next_below(3)) {
    case 0: return {"(" + a.text + " + " + b.text + ")", a.value + b.value};
    case 1: return {"(" + a.text + "-" + b.text + ")", a.value - b.value};
    default: return {"(" + a.text + "*" + b.text + ")", a.value * b.value};
  }
}

TEST(Expression, AgreesWithIntegers) {
  PhiloxStream rng(7);
  for (int i = 0; i < 500; ++i) {
    const Sample sample = random_expression(rng, static_cast<int>(rng.next_below(5)));
    EXPECT_EQ(evaluated(sample.text), std::to_string(sample.value)) << sample.text;
  }
}

TEST(ExpressionRule, NeedsAStopAndTheValue) {
  const auto expression = rule("expression");
  EXPECT_EQ(score_one(*expression, "51", " 76 - 25").score, 1.0);
  EXPECT_EQ(score_one(*expression, "51", " 76 - 25", FinishReason::stop_string).score, 1.0);
  EXPECT_EQ(score_one(*expression, "51", " 76 - 25", FinishReason::length).score, 0.0);
  EXPECT_EQ(score_one(*expression, "51", " 76 - 25", FinishReason::cancelled).score, 0.0);
  EXPECT_EQ(score_one(*expression, "51", " 25 - 76").detail, "expected 51, got -51");
  EXPECT_EQ(score_one(*expression, "51", " 76 - 25 dollars").score, 0.0);
  EXPECT_EQ(score_one(*expression, "51", "").score, 0.0);
  EXPECT_EQ(score_one(*expression, "51", "1/0").detail, "division by zero");
  EXPECT_EQ(score_one(*expression, "many", "1").outcome, Outcome::skipped);
}

}  // namespace
}  // namespace hone
