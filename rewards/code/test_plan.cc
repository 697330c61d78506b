#include "rewards/code/test_plan.h"

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rewards/text.h"

namespace hone {
namespace {

[[noreturn]] void fail(const std::string& field, const std::string& what) {
  throw Error(ErrorCode::invalid_argument, "tests: field '" + field + "' " + what);
}

std::string text_at(const Json& row, const std::string& field) {
  const auto it = row.find(field);
  if (it == row.end() || it->is_null()) return "";
  if (!it->is_string()) fail(field, "is " + json_type_name(*it) + ", a string is needed");
  return it->get<std::string>();
}

std::string text_of(const Json& value, const std::string& field) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  if (!value.is_array()) fail(field, "holds " + json_type_name(value) + ", strings are needed");
  std::string lines;  // one string a line, as some sets write standard input
  for (const Json& line : value) lines += text_of(line, field) + "\n";
  return lines;
}

std::string python_literal(const Json& value) {
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_array()) {
    std::string out = "[";
    for (const Json& item : value) out += python_literal(item) + ", ";
    return out + "]";
  }
  if (value.is_object()) {
    std::string out = "{";
    for (const auto& [key, item] : value.items()) out += python_literal(Json(key)) + ": " + python_literal(item) + ", ";
    return out + "}";
  }
  // JSON's escapes are Python's, as long as no surrogate pair is written: UTF-8 stays UTF-8.
  if (value.is_string()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return value.dump();
}

/// {"fn_name", "inputs": [[argument...]...], "outputs": [result...]}: one assertion a call.
void add_calls(const Json& tests, const std::string& name, TestPlan& plan) {
  const Json& inputs = tests.at("inputs");
  const Json& outputs = tests.at("outputs");
  plan.function.entry_point = name;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].is_array()) fail("inputs", "needs an array of arguments for each call of " + excerpt(name));
    std::string call = "assert " + name + "(";
    for (const Json& argument : inputs[i]) call += python_literal(argument) + ", ";
    plan.function.tests.push_back(call + ") == " + python_literal(outputs[i]));
  }
}

void add_pairs(const Json& tests, TestPlan& plan) {
  for (const char* field : {"inputs", "outputs"})
    if (!tests.contains(field) || !tests[field].is_array()) fail(field, "must be an array, as long as the other one");
  if (tests["inputs"].size() != tests["outputs"].size())
    fail("outputs", "has " + std::to_string(tests["outputs"].size()) + " items, 'inputs' has " + std::to_string(tests["inputs"].size()));
  if (const std::string name = text_at(tests, "fn_name"); !name.empty()) return add_calls(tests, name, plan);
  for (std::size_t i = 0; i < tests["inputs"].size(); ++i)
    plan.io.push_back({text_of(tests["inputs"][i], "inputs"), text_of(tests["outputs"][i], "outputs")});
}

void add_list(const Json& tests, TestPlan& plan) {
  for (const Json& test : tests) {
    if (test.is_string()) {
      plan.function.tests.push_back(test.get<std::string>());
    } else if (test.is_object() && test.contains("input") && test.contains("output")) {
      plan.io.push_back({text_of(test["input"], "input"), text_of(test["output"], "output")});
    } else {
      fail("tests", "holds " + json_type_name(test) + "; give strings of code, or objects with input and output");
    }
  }
  if (!plan.io.empty() && !plan.function.tests.empty()) fail("tests", "mixes code with input and output");
}

void add_tests(const Json& tests, TestPlan& plan) {
  if (tests.is_array()) return add_list(tests, plan);
  if (tests.is_object()) return add_pairs(tests, plan);
  if (tests.is_string()) {
    const std::string text = tests.get<std::string>();
    const std::string_view bare = trim(text);
    if (bare.starts_with('{') || bare.starts_with('['))
      if (const Json inner = Json::parse(bare, nullptr, false); inner.is_object() || inner.is_array()) return add_tests(inner, plan);
    if (!bare.empty()) plan.function.tests.push_back(text);
    return;
  }
  fail("tests", "is " + json_type_name(tests));
}

void read_row(const Json& row, TestPlan& plan) {
  plan.language = lower(text_at(row, "language"));
  FunctionTests& f = plan.function;
  f.entry_point = text_at(row, "entry_point");
  f.setup = text_at(row, "test_setup_code");
  f.declaration = text_at(row, "declaration");
  f.prompt = text_at(row, "prompt");
  for (const char* field : {"tests", "input_output", "test_list", "test"}) {
    const auto it = row.find(field);
    if (it == row.end() || it->is_null()) continue;
    add_tests(*it, plan);
    break;
  }
}

bool defines_check(const std::string& test) { return test.find("def check(") != std::string::npos; }

}  // namespace

TestPlan read_test_plan(const Problem& problem) {
  TestPlan plan;
  const Json row = problem.metadata_json.empty() ? Json::object() : parse_json(problem.metadata_json, "tests");
  if (row.is_object()) read_row(row, plan);
  if (plan.empty() && !problem.reference.empty()) {
    const Json inner = Json::parse(problem.reference, nullptr, false);
    if (inner.is_object() && !inner.contains("inputs")) read_row(inner, plan);
    else if (inner.is_object() || inner.is_array()) add_tests(inner, plan);
    else add_tests(Json(problem.reference), plan);
  }
  FunctionTests& f = plan.function;
  if (f.prompt.empty()) f.prompt = problem.prompt;
  if (f.declaration.empty()) f.declaration = f.prompt;
  // HumanEval's form: the test defines check(candidate) and leaves the call to the harness.
  if (f.tests.size() == 1 && !f.entry_point.empty() && defines_check(f.tests[0]))
    f.tests[0] += "\n\ncheck(" + f.entry_point + ")\n";
  return plan;
}

}  // namespace hone
