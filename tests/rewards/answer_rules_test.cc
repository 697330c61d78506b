// Rules that find and check an answer: countdown, multiple choice, JSON schema.
#include <gtest/gtest.h>

#include <string>

#include "tests/rewards/test_group.h"

namespace hone {
namespace {

RewardComponent countdown(const std::string& text, const std::string& settings = "{}",
                          const std::string& metadata = R"({"nums": [1, 2, 3, 4]})", const std::string& target = "24") {
  Group group = group_of(target, {completion_of(text)});
  group.problem.metadata_json = metadata;
  return rule("countdown", settings)->score(group).at(0);
}

TEST(Countdown, EachNumberOnceAndExact) {
  for (const char* text : {"<answer>(1+2+3)*4</answer>", "so <answer> 4 * 3 * 2 * 1 </answer>.",
                           "<answer>1</answer><answer>4*3*2/1</answer>"})
    EXPECT_EQ(countdown(text).score, 1.0) << text;
  for (const char* text :
       {"", "(1+2+3)*4", "<answer>24</answer>", "<answer>4*3*2</answer>", "<answer>4*3*2*1*1</answer>",
        "<answer>1+2+3+4</answer>", "<answer>4*3*2*1 = 24</answer>", "<answer>12+12</answer>",
        "<answer>4*(3*2*1</answer>", "<answer>4!</answer>", "<answer>__import__('os')</answer>",
        "<answer>4**3-2*1</answer>", "<answer>4*6/(3-2-1)</answer>", "</answer><answer>"})
    EXPECT_EQ(countdown(text).score, 0.0) << text;
  EXPECT_EQ(countdown("<answer>8/(3-8/3)</answer>", "{}", R"({"nums": [8, 3, 8, 3]})").score, 1.0)
      << "3-8/3 is 1/3 exactly";
  EXPECT_EQ(countdown("<answer>1/3+1/3</answer>", "{}", R"({"nums": [1, 1, 3, 3]})", "0.6666666666666666").score, 0.0);
}

TEST(Countdown, Settings) {
  EXPECT_EQ(countdown("<answer>1+2+3+4</answer>", R"({"format_score": 0.1})").score, 0.1);
  EXPECT_EQ(countdown("<answer>12*2</answer>", R"({"format_score": 0.1})").score, 0.1);
  EXPECT_EQ(countdown("no answer", R"({"format_score": 0.1})").score, 0.0);
  EXPECT_EQ(countdown("<answer>4*3*2</answer>", R"({"use_all": false})").score, 1.0);
  EXPECT_EQ(countdown("<answer>4*4+4+4</answer>", R"({"use_all": false})").score, 0.0);
  EXPECT_EQ(countdown("4*3*2*1", R"({"place": "text"})").score, 1.0);
  EXPECT_EQ(countdown("<answer>4*3*2*1</answer>", R"({"numbers_field": "n"})", R"({"n": ["1", 2, 3, 4]})").score, 1.0);
}

TEST(Countdown, ReferenceAsJson) {
  EXPECT_EQ(countdown("<answer>44+19+35</answer>", "{}", "", R"({"target": 98, "numbers": [44, 19, 35]})").score, 1.0);
  EXPECT_EQ(countdown("<answer>44+19</answer>", "{}", "", R"({"target": 98, "numbers": [44, 19, 35]})").score, 0.0);
}

TEST(Countdown, UnusableProblemsAreSkipped) {
  for (const char* metadata : {"", "{}", R"({"nums": []})", R"({"nums": "1 2"})", R"({"nums": [1, null]})", "broken"})
    EXPECT_EQ(countdown("<answer>1</answer>", "{}", metadata).outcome, Outcome::skipped) << metadata;
  EXPECT_EQ(countdown("<answer>1</answer>", "{}", R"({"nums": [1]})", "one").outcome, Outcome::skipped);
}

RewardComponent choice(const std::string& reference, const std::string& text, const std::string& settings = "{}") {
  return score_one(*rule("multiple_choice", settings), reference, text);
}

TEST(MultipleChoice, FormsOfAChoice) {
  for (const char* text : {"C",
                           "c",
                           "(C)",
                           "C.",
                           "C) Paris",
                           "C: Paris",
                           "**C**",
                           "$C$",
                           R"(\boxed{C})",
                           R"(\boxed{\text{C}})",
                           R"(\boxed{(C)})",
                           R"(\boxed{A} no, \boxed{C})",
                           "<answer>C</answer>",
                           "<answer> (C) Paris </answer>",
                           "The answer is C.",
                           "The answer is (C) Paris.",
                           "Answer: C",
                           "ANSWER: **C**",
                           "I think A or B.\nThe answer is: C",
                           "A, B and D are wrong.</think>C",
                           "The answer is B.</think>The answer is C"})
    EXPECT_EQ(choice("C", text).score, 1.0) << text;
  for (const char* text : {"",
                           " ",
                           "A",
                           "D",
                           "A or C",
                           "C or A",
                           "A, C",
                           "C, D",
                           R"(\boxed{A, C})",
                           R"(\boxed{C, A})",
                           "ABC",
                           "Clearly A",
                           "Can't say",
                           "C is wrong, it is A",
                           "The answer is A or C",
                           "(C) or (D)",
                           "3",
                           R"(\boxed{})",
                           R"(\boxed{C)",
                           "C</think>",
                           "The answer is in Canada"})
    EXPECT_EQ(choice("C", text).score, 0.0) << text;
}

TEST(MultipleChoice, ReferencesAndSettings) {
  EXPECT_EQ(choice("(B) 12", "B").score, 1.0);
  EXPECT_EQ(choice("b", "B").score, 1.0);
  EXPECT_EQ(choice("Paris", "P").outcome, Outcome::skipped);
  EXPECT_EQ(choice("", "A").outcome, Outcome::skipped);
  EXPECT_EQ(choice("E", "E", R"({"letters": "ABCD"})").outcome, Outcome::skipped);
  EXPECT_EQ(choice("C", "C", R"({"extraction": "strict"})").score, 0.0);
  EXPECT_EQ(choice("C", "Answer: C", R"({"extraction": "strict"})").score, 1.0);
  EXPECT_NE(rule_error("multiple_choice", R"({"letters": "abc"})").find("give the choices' capital letters"),
            std::string::npos);
}

RewardComponent schema(const std::string& schema_text, const std::string& text, const std::string& more = "") {
  return score_one(*rule("json_schema", R"({"schema": )" + schema_text + more + "}"), "", text);
}

TEST(JsonSchema, EachKeyword) {
  struct Case {
    const char* schema;
    const char* accepted;
    const char* refused;
  };
  for (const Case& c :
       {Case{R"({"type": "object"})", "{}", "[]"},
        {R"({"type": ["integer", "null"]})", "1.0", "1.5"},
        {R"({"type": "number"})", "1e3", "\"1\""},
        {R"({"enum": ["a", 1]})", "1.0", "\"b\""},
        {R"({"const": {"a": [1]}})", R"({"a": [1]})", R"({"a": [2]})"},
        {R"({"properties": {"a": {"type": "string"}}})", R"({"b": 1})", R"({"a": 1})"},
        {R"({"required": ["a", "b"]})", R"({"a": 1, "b": null})", R"({"a": 1})"},
        {R"({"properties": {"a": {}}, "additionalProperties": false})", R"({"a": 1})", R"({"a": 1, "c": 2})"},
        {R"({"additionalProperties": {"type": "integer"}})", R"({"x": 1})", R"({"x": "1"})"},
        {R"({"items": {"type": "integer"}})", "[1, 2]", "[1, \"2\"]"},
        {R"({"minItems": 1, "maxItems": 2})", "[1]", "[]"},
        {R"({"maxItems": 2})", "[1, 2]", "[1, 2, 3]"},
        {R"({"uniqueItems": true})", "[1, \"1\", [1]]", "[1, 2, 1.0]"},
        {R"({"minLength": 2, "maxLength": 2})", "\"\xC3\xA9\xC3\xA9\"", "\"\xC3\xA9\""},
        {R"({"minProperties": 1, "maxProperties": 1})", R"({"a": 1})", "{}"},
        {R"({"pattern": "^a+$"})", "\"aaa\"", "\"aab\""},
        {R"({"minimum": 1, "maximum": 2})", "2", "2.5"},
        {R"({"exclusiveMinimum": 1})", "1.5", "1"},
        {R"({"exclusiveMaximum": 2})", "1", "2"},
        {R"({"multipleOf": 3})", "-9", "10"},
        {R"({"allOf": [{"minimum": 1}, {"maximum": 3}]})", "2", "4"},
        {R"({"anyOf": [{"type": "string"}, {"minimum": 3}]})", "\"a\"", "2"},
        {R"({"oneOf": [{"minimum": 1}, {"minimum": 3}]})", "2", "4"},
        {R"({"not": {"type": "string"}})", "1", "\"1\""},
        {"true", "[]", "broken"},
        {R"({"title": "t", "description": "d"})", "1", "not json"}}) {
    EXPECT_EQ(schema(c.schema, c.accepted).score, 1.0)
        << c.schema << " " << c.accepted << ": " << schema(c.schema, c.accepted).detail;
    EXPECT_EQ(schema(c.schema, c.refused).score, 0.0) << c.schema << " " << c.refused;
    EXPECT_FALSE(schema(c.schema, c.refused).detail.empty());
  }
  EXPECT_EQ(schema("false", "1").score, 0.0);
  EXPECT_EQ(schema(R"({"properties": {"a": {"items": {"type": "integer"}}}})", R"({"a": [1, "x"]})").detail,
            "/a/1 is a string, not of type integer");
}

TEST(JsonSchema, PlacesAndPartialCredit) {
  const std::string number = R"({"type": "number"})";
  EXPECT_EQ(schema(number, "Here:\n```json\n1\n```\nand\n```\n2\n```", R"(, "place": "code_block")").score, 1.0);
  EXPECT_EQ(schema(number, "no block", R"(, "place": "code_block")").score, 0.0);
  EXPECT_EQ(schema(number, "<think>x</think><answer> 3 </answer>", R"(, "place": "answer")").score, 1.0);
  EXPECT_EQ(schema(number, "\"x\"", R"(, "valid_json_score": 0.2)").score, 0.2);
  EXPECT_EQ(schema(number, "1 trailing", R"(, "valid_json_score": 0.2)").score, 0.0);
}

TEST(JsonSchema, HostileDocumentsAndSchemas) {
  EXPECT_EQ(schema("true", std::string(1'000'000, '[')).score, 0.0);
  EXPECT_EQ(schema("{\"uniqueItems\": true}", "[" + std::string(127, '[') + std::string(127, ']') + "]").score, 1.0);
  EXPECT_EQ(schema("true", "\"\xFF\"").score, 0.0);
  EXPECT_EQ(schema(R"x({"pattern": "^(a|aa)+$"})x", "\"" + std::string(60, 'a') + "b\"").outcome, Outcome::error);
  std::string deep = "{}";
  for (int i = 0; i < 40; ++i) deep = R"({"items": )" + deep + "}";
  EXPECT_NE(rule_error("json_schema", R"({"schema": )" + deep + "}").find("more than 32 schemas within each other"),
            std::string::npos);
  EXPECT_NE(rule_error("json_schema", R"({"schema": {"properties": {"a": {"minLenght": 1}}}})")
                .find("/schema/properties/a/minLenght: unknown schema keyword; did you mean minLength?"),
            std::string::npos);
  EXPECT_NE(rule_error("json_schema", R"({"schema": {"type": "text"}})").find("/schema/type: unknown type"),
            std::string::npos);
  EXPECT_NE(rule_error("json_schema", R"x({"schema": {"pattern": "("}})x")
                .find("/schema/pattern: '(' is not a valid pattern"),
            std::string::npos);
  EXPECT_NE(rule_error("json_schema", R"({"schema": {"minimum": "1"}})").find("/schema/minimum: expected a number"),
            std::string::npos);
  EXPECT_NE(rule_error("json_schema", "{}").find("/schema: missing"), std::string::npos);
}

}  // namespace
}  // namespace hone
