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
