#include "rewards/code/test_plan.h"

#include <gtest/gtest.h>

#include "proto/base/error.h"
#include "rewards/code/cpp_declaration.h"

namespace hone {
namespace {

TestPlan plan_of(const std::string& metadata, const std::string& reference = "", const std::string& prompt = "") {
  Problem problem;
  problem.metadata_json = metadata;
  problem.reference = reference;
  problem.prompt = prompt;
  return read_test_plan(problem);
}

TEST(TestPlan, InputAndOutput) {
  const TestPlan plan = plan_of(R"({"tests": {"inputs": ["1\n", ["2", "3"]], "outputs": ["1", 5]}, "language": "CPP"})");
  EXPECT_EQ(plan.language, "cpp");
  ASSERT_EQ(plan.io.size(), 2u);
  EXPECT_EQ(plan.io[1].input, "2\n3\n");
  EXPECT_EQ(plan.io[1].output, "5");
  EXPECT_EQ(plan_of(R"({"tests": [{"input": "a", "output": "b"}]})").io.at(0).output, "b");
  EXPECT_EQ(plan_of(R"({"input_output": "{\"inputs\": [\"1\"], \"outputs\": [\"2\"]}"})").io.at(0).output, "2");
}

TEST(TestPlan, CallsBecomeAssertions) {
  const TestPlan plan =
      plan_of(R"({"input_output": {"fn_name": "f", "inputs": [[1, "a'\n", null]], "outputs": [{"k": [true, 1.5]}]}})");
  EXPECT_EQ(plan.function.entry_point, "f");
  ASSERT_EQ(plan.function.tests.size(), 1u);
  EXPECT_EQ(plan.function.tests[0], "assert f(1, \"a'\\n\", None, ) == {\"k\": [True, 1.5, ], }");
}

TEST(TestPlan, HumanEvalAndMbppForms) {
  const TestPlan check = plan_of(R"({"entry_point": "f", "test": "def check(candidate):\n  assert candidate(1) == 2", "prompt": "def f(x):"})");
  EXPECT_TRUE(check.function.tests.at(0).ends_with("\ncheck(f)\n"));
  EXPECT_EQ(check.function.prompt, "def f(x):");
  const TestPlan list = plan_of(R"({"test_list": ["assert f(1) == 2", "assert f(2) == 3"], "test_setup_code": "x = 1"})");
  EXPECT_EQ(list.function.tests.size(), 2u);
  EXPECT_EQ(list.function.setup, "x = 1");
}

TEST(TestPlan, TestsInTheReference) {
  EXPECT_EQ(plan_of("", "assert f(1) == 2").function.tests.at(0), "assert f(1) == 2");
  EXPECT_EQ(plan_of("{}", R"(["assert f(1) == 2"])").function.tests.size(), 1u);
  EXPECT_EQ(plan_of("", R"({"inputs": ["1"], "outputs": ["2"]})").io.size(), 1u);
  EXPECT_EQ(plan_of("", R"({"test_list": ["assert f(1) == 2"]})").function.tests.size(), 1u);
}

TEST(TestPlan, NoTestsIsEmptyAndBrokenTestsAreErrors) {
  EXPECT_TRUE(plan_of("").empty());
  EXPECT_TRUE(plan_of(R"({"tests": []})").empty());
  EXPECT_TRUE(plan_of(R"({"test_list": [], "test": null})").empty());
  for (const char* broken : {R"({"tests": 5})", R"({"tests": {"inputs": ["1"]}})", R"({"tests": {"inputs": ["1"], "outputs": []}})",
                             R"({"tests": [5]})", R"({"tests": ["x", {"input": "1", "output": "2"}]})", R"({"language": 5})",
                             R"({"tests": {"inputs": [{}], "outputs": ["1"]}})"})
    EXPECT_THROW(plan_of(broken), Error) << broken;
}

TEST(CppDeclaration, TakesApart) {
  const auto d = parse_cpp_declaration(
      "/* f({1}) { */\n#include <vector>\nusing namespace std;\n#include<map>\nint help(int x) { return x; }\n"
      "vector<vector<int>> solve(vector<int> a, map<string, int>& b){\n");
  ASSERT_TRUE(d);
  EXPECT_EQ(d->includes, "#include <vector>\n#include<map>\n");
  EXPECT_EQ(d->signature, "vector<vector<int>> solve(vector<int> a, map<string, int>& b)");
  EXPECT_EQ(d->name, "solve");
  EXPECT_NE(d->preamble.find("int help(int x) { return x; }"), std::string::npos);
}

TEST(CppDeclaration, RefusesWhatIsNone) {
  for (const char* text : {"", "{", "int x;", "int f(int x)", "f(int x) {", "for (;;) {", "int f(int x) { return 1; }", "((((", "){"})
    EXPECT_FALSE(parse_cpp_declaration(text)) << text;
}

}  // namespace
}  // namespace hone
