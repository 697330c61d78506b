// Whatever the text: a verdict, bounded work, no acceptance of what was not understood, the same from every thread.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/rewards/math_test_case.h"

namespace hone::math {
namespace {

std::string repeated(std::string_view part, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += part;
  return out;
}

std::string geometric_sum(int terms) {
  std::string out = "1";
  for (int k = 1; k < terms; ++k) out += "+x^{" + std::to_string(k) + "}";
  return out;
}

std::vector<std::pair<std::string, std::string>> hostile_pairs() {
  const std::string tower = "9^{9^{9^9}}";
  std::vector<std::pair<std::string, std::string>> pairs{
      {"5", tower},
      {"5", tower + "-" + tower},
      {"5", repeated("9", 1000000)},
      {"5", std::string("0.") + repeated("3", 1000000)},
      {"5", "1e999999999"},
      {"5", "10^{10^{10}}!"},
      {"5", "(10^{9})!"},
      {"5", "\\binom{10^{12}}{10^{11}}"},
      {"5", "\\binom{3000000}{1500000}"},
      {"5", repeated("(", 100000) + "5" + repeated(")", 100000)},
      {"5", repeated("{", 5000) + "5" + repeated("}", 5000)},
      {"5", repeated("\\sqrt{", 2000) + "5" + repeated("}", 2000)},
      {"5", repeated("\\frac{1}{", 1500) + "5" + repeated("}", 1500)},
      {"5", repeated("\\sin(", 90) + "5" + repeated(")", 90)},
      {"5", repeated("-", 10000) + "5"},
      {"5", repeated("|", 10001) + "5"},
      {"5", "\\sin(10^{10^{6}})"},
      {"5", "\\tan(10^{300000})"},
      {"5", "e^{e^{e^{e^e}}}"},
      {"5", "2^{0.5^{-100000}}"},
      {"5", repeated("\\pm 1", 60)},
      {"5", std::string("(") + repeated("\\pm 1,", 60) + "1)"},
      {"5", repeated("1,", 8000) + "1"},
      {repeated("1,", 60) + "1", repeated("x+1,", 60) + "1"},
      {"5", repeated("\\boxed{", 20000)},
      {"5", repeated("\\boxed{5}", 10000)},
      {"5", repeated("$", 100000)},
      {"5", repeated("\\(", 100000)},
      {"5", repeated("\\text{", 10000)},
      {"5", repeated("<answer>", 10000)},
      {"5", repeated("answer is ", 10000)},
      {"5", std::string(100000, '\0')},
      {"5", std::string(100000, '\xff')},
      {"5", repeated("\\begin{matrix}", 3000)},
      {"5", std::string("\\begin{matrix}") + repeated("1&", 5000) + "1\\end{matrix}"},
      {"x", repeated("x^", 3000) + "x"},
      {"(x+y)^{1000}", "(x+y)^{999}(x+y)"},
      {"\\sum_{n=1}^{\\infty}\\frac{1}{n^2}", "\\frac{\\pi^2}{6}"},
      {"5", repeated("\\{", 3000)},
      {"5", repeated("a_{", 3000)},
      {"5", repeated("1 + ", 4000) + "1"},
      {"5", repeated("(x+1)", 3000)},
      {"5", repeated("\\cup", 4000)},
      {"(0,1)", repeated("(0,1)\\cup", 1500) + "(0,1)"},
      {"5", repeated("12", 450) + "^{30}"},
      {"x", repeated("\\log_{", 90) + "x" + repeated("}x", 90)}};
  return pairs;
}

TEST(MathBounds, HostileTextsAreNeverAccepted) {
  for (const auto& [gold, pred] : hostile_pairs()) {
    const bool equal = gold == "(x+y)^{1000}" || gold == "(0,1)";
    for (const Mode mode : {Mode::answer, Mode::response, Mode::text_latex_expr}) {
      const Verdict verdict = verify(gold, pred, mode, {}).verdict;
      if (!equal && pred.find("boxed{5}") == std::string::npos) {
        EXPECT_NE(verdict, Verdict::correct)
            << gold << " vs " << pred.substr(0, 60) << " in mode " << static_cast<int>(mode);
      }
    }
  }
}

TEST(MathBounds, HostileReferencesAreReported) {
  EXPECT_EQ(verify("", "5", Mode::answer, {}).verdict, Verdict::gold_unusable);
  EXPECT_EQ(verify("$$", "5", Mode::answer, {}).verdict, Verdict::gold_unusable);
  EXPECT_EQ(verify(repeated("(", 50000), "5", Mode::answer, {}).verdict, Verdict::gold_unusable);
  EXPECT_EQ(verify(repeated("9", 1000000), "5", Mode::answer, {}).verdict, Verdict::gold_unusable);
}

TEST(MathBounds, LargePolynomialAgainstItsExpansion) {
  const std::string quotient = "\\frac{x^{800}-1}{x-1}";
  EXPECT_EQUAL(quotient, geometric_sum(800));
  EXPECT_UNEQUAL(quotient, geometric_sum(799));
  EXPECT_UNEQUAL(quotient, geometric_sum(800) + "+1");
}

TEST(MathBounds, LargePowersAreComparedExactly) {
  EXPECT_EQUAL("9^{9^9}", "9^{387420489}");
  EXPECT_UNEQUAL("9^{9^9}", "9^{387420488}");
  EXPECT_UNEQUAL("9^{9^9}", "9^{9^9}+1");
  EXPECT_UNEQUAL("\\sqrt{10^{100}+1}", "10^{50}");
  EXPECT_UNEQUAL("10^{100}+\\sqrt{2}", "10^{100}+\\sqrt{3}");
}

TEST(MathBounds, AnswersAsLongAsTheLimit) {
  const std::string digits = repeated("7", 1000);
  EXPECT_EQUAL(digits, digits);
  EXPECT_UNEQUAL(digits, repeated("7", 999) + "8");
  EXPECT_EQ(verify("5", repeated("7", 20000), Mode::answer, {}).verdict, Verdict::budget_exceeded);
}

TEST(MathBounds, SameVerdictFromManyThreads) {
  std::vector<std::pair<std::string, std::string>> pairs = hostile_pairs();
  std::erase_if(pairs, [](const auto& pair) { return pair.second.size() > 2000; });
  pairs.insert(
      pairs.end(),
      {{"\\frac{\\sqrt{5}+1}{2}", "\\frac{1+\\sqrt5}{2}"}, {"\\sin(90^\\circ-x)", "\\cos x"}, {"1,-2", "-2,1"}});
  const auto verdicts = [&pairs] {
    std::vector<std::string> out;
    for (const auto& [gold, pred] : pairs) {
      const Judgement j = verify(gold, pred, Mode::response, {});
      out.push_back(std::string(to_string(j.verdict)) + j.rule + j.pred_parsed);
    }
    return out;
  };
  const std::vector<std::string> expected = verdicts();
  std::vector<std::vector<std::string>> found(64);
  std::vector<std::thread> threads;
  for (auto& slot : found) threads.emplace_back([&slot, &verdicts] { slot = verdicts(); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& slot : found) EXPECT_EQ(slot, expected);
}

}  // namespace
}  // namespace hone::math
