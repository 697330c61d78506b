// Where answers are found, and that there is no gain in hedging, echoing or listing.
#include <gtest/gtest.h>

#include <string>

#include "tests/rewards/math_test_case.h"
#include "tests/rewards/test_group.h"

namespace hone::math {
namespace {

bool response(std::string_view gold, std::string_view text, const Policy& policy = {}) {
  return accepts(gold, text, Mode::response, policy);
}

TEST(MathExtraction, Forms) {
  EXPECT_TRUE(response("4", "so $2+2=\\boxed{4}$."));
  EXPECT_TRUE(response("\\frac{1}{2}", "\\boxed{\\frac{1}{2}}"));
  EXPECT_TRUE(response("4", "\\fbox{4}"));
  EXPECT_TRUE(response("4", "<answer> 4 </answer>"));
  EXPECT_TRUE(response("4", "<answer>The answer is 4.</answer>"));
  EXPECT_TRUE(response("4", "<answer>So we find $x = 4$</answer>"));
  EXPECT_TRUE(response("4", "<think>5?</think><answer>\\boxed{4}</answer>"));
  EXPECT_TRUE(response("18", "She makes 9 * 2 = $<<9*2=18>>18.\n#### 18"));
  EXPECT_TRUE(response("4", "The answer is 4."));
  EXPECT_TRUE(response("4", "**Answer:** 4"));
  EXPECT_TRUE(response("4", "Therefore, the final answer is: $4$. I hope it is correct."));
  EXPECT_TRUE(response("4", "We get $x = 4$"));
  EXPECT_TRUE(response("12", "Therefore there are 12 sequences."));
  EXPECT_TRUE(response("4", "2+2"));
}

TEST(MathExtraction, Sentences) {
  EXPECT_TRUE(response("5", "So, x = 5"));
  EXPECT_TRUE(response("5", "Therefore, x = 5."));
  EXPECT_TRUE(response("\\frac{1}{2}", "So the probability is 1/2."));
  EXPECT_TRUE(response("5", "The answer is 5, because 2 + 3 = 5."));
  EXPECT_TRUE(response("5", "ANSWER: 5 apples"));
  EXPECT_TRUE(response("x=5,x=6", "The solutions are $x = 5 \\text{ or } x = 6$."));
  EXPECT_TRUE(response("even", "The answer is even."));
  EXPECT_TRUE(response("(1,2)", "So the point is $(1, 2)$."));
  EXPECT_TRUE(response("50", "That makes $50."));
  EXPECT_FALSE(response("50", "That makes $50 + 10."));
}

TEST(MathExtraction, LaterFormsWin) {
  EXPECT_FALSE(response("4", "\\boxed{4}. Wait, that is wrong.\n\nSo it is \\boxed{5}."));
  EXPECT_TRUE(response("5", "\\boxed{4}. Wait, that is wrong.\n\nSo it is \\boxed{5}."));
  EXPECT_TRUE(response("4", "The answer is 5. The answer is 4."));
}

TEST(MathExtraction, OnlyAfterThinking) {
  EXPECT_FALSE(response("4", "<think>\\boxed{4}</think> I do not know."));
  EXPECT_TRUE(response("5", "<think>\\boxed{4}</think> \\boxed{5}"));
}

TEST(MathExtraction, BoxesNextToEachOtherAreAList) {
  EXPECT_TRUE(response("1,2,3", "\\boxed{1} and \\boxed{2} , \\boxed{3}"));
  EXPECT_TRUE(response("(2,2),(6,2)", "$\\boxed{(2,2)} \\quad \\text{and} \\quad \\boxed{(6,2)}$"));
  EXPECT_FALSE(response("4", "\\boxed{4} \\boxed{5}"));
  EXPECT_FALSE(response("5", "\\boxed{4} \\boxed{5}"));
  EXPECT_FALSE(response("5", "\\boxed{4} or \\boxed{5}"));
  EXPECT_TRUE(response("5", "\\boxed{5}, \\boxed{5}"));
  EXPECT_TRUE(response("x+11", "\\boxed{x+11}$ or $\\boxed{11+x}"));
}

TEST(MathExtraction, NoReward) {
  EXPECT_FALSE(response("4", "The answer is 4 or 5."));
  EXPECT_FALSE(response("4", "\\boxed{4 \\text{ or } 5}"));
  EXPECT_FALSE(response("4", "\\boxed{4, 5, 6}"));
  EXPECT_FALSE(response("4", "\\boxed{4"));
  EXPECT_FALSE(response("4", "\\boxed{}"));
  EXPECT_FALSE(response("4", ""));
  EXPECT_FALSE(response("4", "\\sqrt{4"));
  EXPECT_FALSE(response("4", "the value of x + 4"));
  EXPECT_FALSE(response("4", "\\sqrt{x} + \\frac{3}{4"));
  EXPECT_TRUE(response("4", "so we get **4**"));
  EXPECT_TRUE(response("-4", "so we get [-4]."));
  EXPECT_FALSE(response("18", "First I thought of 18 but then again maybe not. I am not sure at all."));
  EXPECT_EQ(verify("4", "I do not know", Mode::response, {}).verdict, Verdict::no_answer);
}

TEST(MathExtraction, Strictness) {
  Policy strict;
  strict.extraction = Extraction::strict;
  EXPECT_FALSE(response("4", "We get $x = 4$", strict));
  EXPECT_TRUE(response("4", "The answer is 4.", strict));
  Policy boxed;
  boxed.extraction = Extraction::boxed;
  EXPECT_FALSE(response("4", "The answer is 4.", boxed));
  EXPECT_TRUE(response("4", "\\boxed{4}", boxed));
}

TEST(MathExtraction, TextModes) {
  EXPECT_TRUE(accepts("1000.99", "1000,99", Mode::text_expr));
  EXPECT_TRUE(accepts("1000.99", "1.000,99", Mode::text_expr));
  EXPECT_TRUE(accepts("1000.99", "the number is not 10 which is 1,000.99\u20ac", Mode::text_expr));
  EXPECT_TRUE(accepts("$9$", "Answer \\[ 9 \\]", Mode::text_latex));
  EXPECT_FALSE(accepts("$9$", "Answer 9", Mode::text_latex));
  EXPECT_TRUE(accepts("$9$", "Answer 9", Mode::text_latex_expr));
  EXPECT_FALSE(accepts("$9$", "Answer $\n9\n$", Mode::text_latex));
}

TEST(MathExtraction, ChoiceLetters) {
  EXPECT_TRUE(accepts("D", "The answer: D, it cannot be A or B", Mode::mcq));
  EXPECT_TRUE(accepts("(D) Alina", "D. it can't be A or B", Mode::mcq));
  EXPECT_TRUE(accepts("C", "\\boxed{\\text{C}}", Mode::mcq));
  EXPECT_FALSE(accepts("A", "A bird is B", Mode::mcq));
  EXPECT_EQ(verify("C", "none of them", Mode::mcq, {}).verdict, Verdict::no_answer);
}

TEST(MathRule, ScoresGroups) {
  const auto math = rule("math");
  const Group group =
      group_of("\\frac{1}{2}", {completion_of("\\boxed{0.5}"), completion_of("\\boxed{2}"), completion_of("no idea")});
  const auto scores = math->score(group);
  ASSERT_EQ(scores.size(), 3u);
  EXPECT_EQ(scores[0].score, 1.0);
  EXPECT_EQ(scores[0].detail, "exact");
  EXPECT_EQ(scores[1].score, 0.0);
  EXPECT_NE(scores[1].detail.find("expected"), std::string::npos);
  EXPECT_EQ(scores[2].detail, "no answer found");
}

TEST(MathRule, AnUnusableReferenceIsSkipped) {
  const Group group = group_of("", {completion_of("\\boxed{0.5}")});
  EXPECT_EQ(rule("math")->score(group)[0].outcome, Outcome::skipped);
}

TEST(MathRule, AnEchoOfThePromptIsNoAnswer) {
  Group group = group_of(
      "7", {completion_of("What is the sum of 3 and 7"), completion_of("What is the sum of 3 and 7? It is 10.")});
  group.problem.prompt = "What is the sum of 3 and 7?";
  const auto scores = rule("math")->score(group);
  EXPECT_EQ(scores[0].score, 0.0);
  EXPECT_EQ(scores[1].score, 0.0);
}

TEST(MathRule, SettingsAreChecked) {
  EXPECT_NO_THROW(
      rule("math", R"({"mode": "answer", "extraction": "strict", "percent": "value", "tuple_or_list": false})"));
  EXPECT_ANY_THROW(rule("math", R"({"extraction": "loose"})"));
  EXPECT_ANY_THROW(rule("math", R"({"percentage": "value"})"));
}

}  // namespace
}  // namespace hone::math
