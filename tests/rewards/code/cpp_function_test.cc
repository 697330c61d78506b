// C++ function tests through the "code" reward: values of many types, wrong answers, tests that cannot be used.
#include <gtest/gtest.h>

#include "tests/rewards/code/sandbox_fixture.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

/// Components of several programs for one row of a data set.
std::vector<RewardComponent> score_programs(const Json& row, const std::vector<std::string>& programs) {
  Group group;
  group.problem.metadata_json = dump_line(row);
  for (const std::string& program : programs) group.completions.push_back(completion_of("```cpp\n" + program + "\n```"));
  return rule("code", R"({"language": "cpp"})")->score(group);
}

TEST(CppFunction, RightAndWrongAnswers) {
  HONE_SKIP_WITHOUT_SANDBOX();
  const auto c = score_programs(
      {{"declaration", "#include <vector>\nusing namespace std;\nvector<int> twice(vector<int> a){"},
       {"test", "#include <cassert>\nint main() { assert((twice({1, 2}) == vector<int>{2, 4})); assert(twice({}).empty()); }"}},
      {"#include <vector>\nstd::vector<int> twice(const std::vector<int>& a) { auto b = a; for (int& x : b) x *= 2; return b; }",
       "#include <vector>\nstd::vector<int> twice(std::vector<int> a) { return a; }",
       "#include <vector>\nstd::vector<int> twice(std::vector<int> a) { throw 5; }",
       "int other(int x) { return x; }"});
  EXPECT_EQ(c[0].score, 1.0) << c[0].detail;
  const std::vector<std::string> verdicts{"wrong answer", "run-time error", "compile error"};
  for (std::size_t i = 1; i < c.size(); ++i) {
    EXPECT_EQ(c[i].score, 0.0) << c[i].detail;
    EXPECT_TRUE(c[i].detail.starts_with(verdicts[i - 1])) << c[i].detail;
  }
}

TEST(CppFunction, ValuesOfManyTypesCross) {
  HONE_SKIP_WITHOUT_SANDBOX();
  const std::string types = "#include <bits/stdc++.h>\nusing namespace std;\nusing Row = tuple<map<string, vector<double>>, set<char>, "
                            "optional<long long>, array<int, 2>, pair<bool, string>>;\n";
  const auto c = score_programs(
      {{"declaration", types + "Row same(Row row, vector<string>& log, unordered_map<int, list<float>> m){"},
       {"test", "int main() {\n  Row row{{{\"a\", {0.1, -1e300, 1.0 / 3}}, {\"\", {}}}, {'x', '\\n'}, 1LL << 62, {1, -2}, {true, "
                "string(\"\\0z\", 2)}};\n  vector<string> log{\"old\"};\n  if (same(row, log, {{1, {1.5f}}}) != row) return 1;\n"
                "  if (log != vector<string>{\"old\", \"1.5\"}) return 2;\n  row = Row{};\n  return same(row, log, {}) == row ? 0 : 3;\n}"}},
      {types + "Row same(Row row, vector<string>& log, unordered_map<int, list<float>> m) {\n"
               "  for (auto& [k, v] : m) for (float x : v) { ostringstream s; s << x; log.push_back(s.str()); }\n  return row;\n}"});
  EXPECT_EQ(c[0].score, 1.0) << c[0].detail;
}

TEST(CppFunction, TheStandardLibraryDoesNotAnswerForTheProgram) {
  HONE_SKIP_WITHOUT_SANDBOX();
  const std::string head = "#include <bits/stdc++.h>\nusing namespace std;\n";
  const auto c = score_programs({{"declaration", head + "int gcd(int x, int y) {"}, {"test", "int main() { return gcd(4, 6) == 2 ? 0 : 1; }"}},
                                {head + "int gcd(int x, int y) { return y == 0 ? x : gcd(y, x % y); }",
                                 head + "auto gcd = [](int x, int y) { while (y) swap(x %= y, y); return x; };",
                                 head + "template <class T> T gcd(T x, T y) { return y == 0 ? x : ::gcd(y, T(x % y)); }",
                                 head + "int lcm(int x, int y) { return x * y; }"});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(c[i].score, 1.0) << i << ": " << c[i].detail;
  EXPECT_EQ(c[3].score, 0.0);
  EXPECT_TRUE(c[3].detail.starts_with("compile error")) << c[3].detail;
}

TEST(CppFunction, HashContainersKeepTheirOrder) {
  HONE_SKIP_WITHOUT_SANDBOX();
  const std::string head = "#include <bits/stdc++.h>\nusing namespace std;\n";
  const auto c = score_programs(
      {{"declaration", head + "vector<int> order(unordered_set<int> s, unordered_map<string, int> m) {"},
       {"test", "int main() {\n  unordered_set<int> s;\n  unordered_map<string, int> m;\n  for (int i = 0; i < 200; ++i) {\n"
                "    s.insert(i * i * 7919 % 1009);\n    m[to_string(i * 31)] = i;\n    vector<int> want(s.begin(), s.end());\n"
                "    for (auto& [k, v] : m) want.push_back(v);\n    if (order(s, m) != want) return 1;\n  }\n}"}},
      {head + "vector<int> order(unordered_set<int> s, unordered_map<string, int> m) {\n  vector<int> r(s.begin(), s.end());\n"
              "  for (auto& [k, v] : m) r.push_back(v);\n  return r;\n}"});
  EXPECT_EQ(c[0].score, 1.0) << c[0].detail;
}

TEST(CppFunction, NothingStandsBetweenTwoCalls) {
  HONE_SKIP_WITHOUT_SANDBOX();
  // As MBCPP/150: right only where a variable that is never set still holds what the call before left there.
  const auto c = score_programs(
      {{"declaration", "int f(int x) {"},
       {"test", "#include <stdexcept>\nint main() {\n  f(-3);\n  for (int i = 0; i < 5; ++i) if (f(i) >= 0) throw std::runtime_error(\"forgotten\");\n}"}},
      {"int f(int x) { int kept; kept |= x; return kept; }"});
  EXPECT_EQ(c[0].score, 1.0) << c[0].detail;
}

TEST(CppFunction, TestsThatCannotBeUsedAreSkipped) {
  HONE_SKIP_WITHOUT_SANDBOX();
  const std::vector<Json> rows{{{"declaration", "int f(struct nothing* x){"}, {"test", "int main() { f(nullptr); }"}},
                               {{"declaration", "int f(int x){"}, {"test", "int main() { return g(1); }"}},
                               {{"test", "int main() {}"}}};
  for (const Json& row : rows) {
    const auto c = score_programs(row, {"int f(...) { return 1; }"});
    EXPECT_EQ(c[0].outcome, Outcome::skipped) << row << c[0].detail;
    EXPECT_EQ(c[0].score, 0.0);
  }
}

}  // namespace
}  // namespace hone
