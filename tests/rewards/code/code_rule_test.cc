// The "code" reward as a run uses it: completions in, components out.
#include <gtest/gtest.h>

#include "rewards/code/function_judge.h"
#include "tests/rewards/code/sandbox_fixture.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

Group problem(const std::string& metadata, const std::vector<std::string>& programs, const std::string& tag = "python") {
  Group group;
  group.problem.metadata_json = metadata;
  for (const std::string& program : programs) group.completions.push_back(completion_of("```" + tag + "\n" + program + "\n```"));
  return group;
}

class CodeRuleTest : public testing::Test {
 protected:
  void SetUp() override { HONE_SKIP_WITHOUT_SANDBOX(); }
  static RewardComponent score(const std::string& metadata, const std::string& program, const std::string& settings = "{}",
                               const std::string& tag = "python") {
    return rule("code", settings)->score(problem(metadata, {program}, tag)).at(0);
  }
  static void expect_pass(const std::string& tests, const std::string& program) {
    const RewardComponent c = score(R"({"test_list": [)" + Json(tests).dump() + "]}", program);
    EXPECT_EQ(c.score, 1.0) << c.detail;
  }
  static void expect_fail(const std::string& tests, const std::string& program, const std::string& verdict) {
    const RewardComponent c = score(R"({"test_list": [)" + Json(tests).dump() + "]}", program);
    EXPECT_EQ(c.outcome, Outcome::scored) << c.detail;
    EXPECT_EQ(c.score, 0.0) << c.detail;
    EXPECT_TRUE(c.detail.starts_with(verdict)) << c.detail;
  }
};

TEST_F(CodeRuleTest, NothingRunsForACallerWhoIsGone) {
  std::stop_source gone;
  gone.request_stop();
  const Group group = problem(R"({"test_list": ["assert True"]})", {"pass"});
  try {
    rule("code", "{}")->score_until(group, gone.get_token());
    FAIL() << "scored";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::cancelled) << e.what();
  }
}

constexpr const char* kDouble = R"({"tests": {"inputs": ["1\n", "2\n", "3\n", "-4\n"], "outputs": ["2\n", "4\n", "6\n", "-8\n"]}})";

TEST_F(CodeRuleTest, AllOrFraction) {
  const std::vector<std::string> programs{"print(2 * int(input()))", "print(abs(2 * int(input())))", "print(0)", "print("};
  const auto all = rule("code")->score(problem(kDouble, programs));
  const auto part = rule("code", R"({"scoring": "fraction"})")->score(problem(kDouble, programs));
  const std::vector<double> expected_all{1.0, 0.0, 0.0, 0.0}, expected_part{1.0, 0.75, 0.0, 0.0};
  for (std::size_t i = 0; i < programs.size(); ++i) {
    EXPECT_EQ(all[i].score, expected_all[i]) << all[i].detail;
    EXPECT_EQ(part[i].score, expected_part[i]) << part[i].detail;
    EXPECT_EQ(all[i].outcome, Outcome::scored);
  }
  EXPECT_TRUE(all[0].detail.starts_with("accepted (4 tests); cpu ")) << all[0].detail;
  EXPECT_TRUE(part[1].detail.starts_with("wrong answer on test 4 of 4: token 1: expected '-8', got '8'")) << part[1].detail;
  EXPECT_TRUE(all[3].detail.starts_with("run-time error")) << all[3].detail;
}

TEST_F(CodeRuleTest, WithoutTestsThereIsNoScore) {
  for (const char* metadata : {"", "{}", R"({"tests": []})", R"({"test_list": []})", R"({"tests": 5})", R"({"test_list": ["assert 1"], "language": "ada"})"}) {
    const RewardComponent c = score(metadata, "print(1)");
    EXPECT_EQ(c.outcome, Outcome::skipped) << metadata << c.detail;
    EXPECT_EQ(c.score, 0.0);
  }
}

TEST_F(CodeRuleTest, TestsThatNeverUseTheCodeGiveNoFreePoint) {
  for (const char* metadata : {R"({"test_list": ["assert True", "x = 1"]})", R"({"test": "42"})", R"({"test": "def f(x):\n    return x"})"}) {
    const RewardComponent c = score(metadata, "def f(x):\n    return x");
    EXPECT_EQ(c.outcome, Outcome::skipped) << c.detail;
    EXPECT_EQ(c.score, 0.0);
  }
}

TEST_F(CodeRuleTest, NoCodeIsAZero) {
  Group group = problem(kDouble, {});
  group.completions = {completion_of(""), completion_of("print(2 * int(input()))"), completion_of("```python\n \n```")};
  for (const RewardComponent& c : rule("code")->score(group)) {
    EXPECT_EQ(c.outcome, Outcome::scored);
    EXPECT_EQ(c.score, 0.0);
  }
}

TEST_F(CodeRuleTest, SourcesAndPrelude) {
  Group group = problem(kDouble, {});
  group.completions = {completion_of("print(2 * int(input()))")};
  EXPECT_EQ(rule("code", R"({"source": "text"})")->score(group)[0].score, 1.0);
  group.problem.prompt = "def f(x):\n    return";
  group.completions = {completion_of(" 2 * x\nprint(f(int(input())))")};
  EXPECT_EQ(rule("code", R"({"source": "continuation"})")->score(group)[0].score, 1.0);
  EXPECT_EQ(score(kDouble, "print(twice(int(input())))", R"({"prelude": "twice = lambda x: 2 * x"})").score, 1.0);
}

TEST_F(CodeRuleTest, CppReadsAndPrints) {
  const std::string row = R"({"language": "cpp", "tests": {"inputs": ["1\n", "21\n"], "outputs": ["2", "42"]}})";
  const auto c = rule("code")->score(problem(row, {"#include <iostream>\nint main() { long x; std::cin >> x; std::cout << 2 * x; }", "int main() { return 0 }"}, "cpp"));
  EXPECT_EQ(c[0].score, 1.0) << c[0].detail;
  EXPECT_EQ(c[1].score, 0.0);
  EXPECT_TRUE(c[1].detail.starts_with("compile error")) << c[1].detail;
}

TEST_F(CodeRuleTest, ValuesCrossAsTheyAre) {
  expect_pass("assert f() == [None, True, 0.1, -5, 2**200, 'a\\u00e9\\n', b'x', (1, (2,)), {1, 2}, {'k': [1j]}, range(3), frozenset({1})]\n"
              "assert f()[2] == 0.1 and type(f()[3]) is int and type(f()[7]) is tuple",
              "def f():\n    return [None, True, 0.1, -5, 2**200, 'a\\u00e9\\n', b'x', (1, (2,)), {2, 1}, {'k': [1j]}, range(3), frozenset({1})]");
  expect_pass("import math\nassert math.isnan(f('nan')) and f('inf') == math.inf and f('1e-320') == 1e-320", "f = float");
  expect_pass("from decimal import Decimal\nfrom fractions import Fraction\nimport datetime\n"
              "assert f() == [Decimal('1.10'), Fraction(1, 3), datetime.date(2020, 1, 2)]",
              "from decimal import Decimal as D\nfrom fractions import Fraction as F\nimport datetime\ndef f():\n    return [D('1.10'), F(1, 3), datetime.date(2020, 1, 2)]");
  expect_pass("assert f('aab') == {'a': 2, 'b': 1}", "from collections import Counter\nf = Counter");
}

TEST_F(CodeRuleTest, TestsMayUseWhatTheCodeDefines) {
  expect_pass("p = Point(1, 2)\nassert p.x == 1 and p.norm() == 5 and Point(1, 2) == Point(1, 2) and p != Point(2, 2)\np.x = 7\nassert p.x == 7 and shift(p).x == 8",
              "class Point:\n    def __init__(self, x, y): self.x, self.y = x, y\n    def norm(self): return self.x**2 + self.y**2\n"
              "    def __eq__(self, o): return (self.x, self.y) == (o.x, o.y)\ndef shift(p):\n    return Point(p.x + 1, p.y)");
  expect_pass("assert list(f(3)) == [0, 1, 4]\nassert sum(x for x in f(4)) == 14", "def f(n):\n    for i in range(n): yield i * i");
  expect_pass("a = [3, 1, 2]\nassert f(a) is None\nassert a == [1, 2, 3]", "def f(a):\n    a.sort()");
  expect_pass("assert f(lambda x: x + 1, [1, 2]) == [2, 3]", "def f(g, a):\n    return [g(x) for x in a]");
  expect_pass("assert f(2)(3) == 5", "def f(a):\n    return lambda b: a + b");
  expect_pass("from solution import f\nimport solution\nassert f(1) == 2 and solution.f(2) == 3", "def f(a):\n    return a + 1");
  expect_pass("class Tree:\n    def __init__(self, v, l=None, r=None): self.v, self.l, self.r = v, l, r\nassert f(Tree(1, Tree(2), Tree(3))) == 6",
              "def f(t):\n    return t.v + f(t.l) + f(t.r) if t else 0");
}

TEST_F(CodeRuleTest, ExceptionsCrossByType) {
  expect_pass("try:\n    f(0)\n    assert False\nexcept ZeroDivisionError:\n    pass", "def f(x):\n    return 1 / x");
  expect_fail("f(0)", "def f(x):\n    return 1 / x", "run-time error on test 1 of 1: ZeroDivisionError");
  expect_fail("try:\n    f()\nexcept BaseException:\n    pass", "import os\ndef f():\n    os._exit(0)", "run-time error");
  expect_fail("try:\n    f()\nexcept Exception:\n    pass", "def f():\n    raise SystemExit(0)", "run-time error");
}

TEST_F(CodeRuleTest, AnArgumentIsNotChangedBehindTheTestsBack) {
  expect_fail("a = [3, 1, 2]\nassert f(a) == sorted(a)", "def f(a):\n    a.clear()\n    return []", "wrong answer");
}

TEST_F(CodeRuleTest, FractionOfAssertions) {
  const std::string row = R"({"test_list": ["assert f(1) == 1", "assert f(-1) == 1", "assert f(0) == 0", "assert f(-2) == 2"]})";
  const RewardComponent c = score(row, "def f(x):\n    return x", R"({"scoring": "fraction"})");
  EXPECT_EQ(c.score, 0.5) << c.detail;
}

TEST_F(CodeRuleTest, SettingsAreChecked) {
  for (const char* wrong : {R"({"language": "ada"})", R"({"scoring": "some"})", R"({"sandbox": {"cpu_s": 0}})", R"({"sandbox": {"memory": 5}})",
                            R"({"sandbox": 5})", R"({"parallel": -1})", R"({"python": "/no/such/python"})", R"({"float_tolerance": 2})",
                            R"({"sandbox": {"cores": 0}})", R"({"compare": "bytes"})"})
    EXPECT_THROW(rule("code", wrong), Error) << wrong;
}

TEST(FunctionReportTest, CountsOnlyWhatTheJudgeSaysInOrder) {
  const auto verdicts = [](const std::string& text, RunEnd end = RunEnd::exited) {
    SandboxResult result;
    result.end = end;
    result.report = text;
    TestReport report;
    read_report(result, "T", 2, report);
    std::string all;
    for (const Judgement& j : report.tests) all += std::string(to_string(j.verdict)) + ";";
    return all;
  };
  EXPECT_EQ(verdicts("T 0 pass\nT 1 pass\nT end 2\n"), "accepted;accepted;");
  EXPECT_EQ(verdicts("X 0 pass\nX 1 pass\nX end 2\n"), "wrong answer;") << "another token";
  EXPECT_EQ(verdicts("T 0 pass\nT 1 pass\n"), "accepted;accepted;wrong answer;") << "no end";
  EXPECT_EQ(verdicts("T 0 pass\nT end 1\n"), "accepted;internal;") << "not every test";
  EXPECT_EQ(verdicts("T 1 pass\nT 0 pass\nT end 2\n"), "wrong answer;") << "out of order";
  EXPECT_EQ(verdicts("T 0 wrong x\nT end 1\n"), "wrong answer;");
  EXPECT_EQ(verdicts("T 0 pass\nT 1 pass\nT end 2\n", RunEnd::wall_time), "accepted;accepted;wall time;") << "did not end by itself";
  EXPECT_EQ(verdicts("", RunEnd::memory), "memory;");
}

}  // namespace
}  // namespace hone
