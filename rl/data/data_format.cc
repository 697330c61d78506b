#include "rl/data/data_format.h"

#include <algorithm>
#include <array>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/suggest.h"
#include "rewards/math/boxes.h"
#include "rewards/text.h"
#include "rl/data/row_fields.h"

namespace hone {
namespace {

[[noreturn]] void fail(const std::string& where, const std::string& what) { throw Error(ErrorCode::invalid_argument, where + ": " + what); }

std::string text_at(const Json& row, const char* field, const std::string& where) { return field_text(row, field, where); }

std::string lines_of(const Json& row, const char* field, const std::string& where) {
  const auto it = row.find(field);
  if (it == row.end() || !it->is_array()) fail(where, std::string("field '") + field + "' must be an array of strings");
  std::string out;
  for (const Json& line : *it) {
    if (!line.is_string()) fail(where, std::string("field '") + field + "' holds " + json_type_name(line) + ", strings are needed");
    out += "\n" + line.get<std::string>();
  }
  return out;
}

// ---- fields: what the row says ----

void as_it_is(Json&, const std::string&) {}

std::string reference_of(const Json& row, const std::string& where) { return text_at(row, "reference", where); }

// ---- GSM8K: question; answer = worked steps with <<48/2=24>> marks, the final number after "#### " ----

std::string without_calculator_marks(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find("<<", at);
    const std::size_t close = open == std::string_view::npos ? open : text.find(">>", open);
    out += text.substr(at, close == std::string_view::npos ? close : open - at);
    if (close == std::string_view::npos) break;
    at = close + 2;
  }
  return out;
}

void gsm8k(Json& row, const std::string& where) {
  const std::string answer = text_at(row, "answer", where);
  const std::size_t marker = answer.rfind("####");
  if (marker == std::string::npos) fail(where, "field 'answer' has no \"####\" before its final number");
  row["prompt"] = text_at(row, "question", where);
  row["reference"] = std::string(trim(std::string_view(answer).substr(marker + 4)));
}

std::string gsm8k_solution(const Json& row, const std::string& where) { return without_calculator_marks(text_at(row, "answer", where)); }

// ---- SVAMP: ID, Body, Question, Equation, Answer, Type ----

void svamp(Json& row, const std::string& where) {
  const std::string body_field = text_at(row, "Body", where), question_field = text_at(row, "Question", where);
  const std::string_view body = trim(body_field), question = trim(question_field);
  const bool sentence = body.empty() || std::string_view(".?!").find(body.back()) != std::string_view::npos;
  row["prompt"] = std::string(body) + (sentence ? " " : ", ") + std::string(question);
  std::string answer = text_at(row, "Answer", where);
  if (answer.ends_with(".0")) answer.resize(answer.size() - 2);
  row["reference"] = answer;
  if (row.contains("ID")) row["id"] = row["ID"];
  if (row.contains("Type")) row["task"] = row["Type"];
}

std::string svamp_solution(const Json& row, const std::string& where) {
  return text_at(row, "Equation", where) + " = " + text_at(row, "reference", where) + "\nThe answer is " + text_at(row, "reference", where) + ".";
}

// ---- MATH: problem, level, type, solution with \boxed{}; or answer, as MATH-500 and others cut it out ----

void math_set(Json& row, const std::string& where) {
  row["prompt"] = text_at(row, "problem", where);
  if (row.contains("answer") && !row["answer"].is_null()) {
    row["reference"] = text_at(row, "answer", where);
  } else {
    const auto boxed = math::boxed_answer(text_at(row, "solution", where), math::Boxes::last);
    if (!boxed) fail(where, "field 'solution' has no \\boxed{} that closes, and there is no field 'answer'");
    row["reference"] = *boxed;
  }
  for (const char* id : {"unique_id", "idx"})
    if (row.contains(id) && !row.contains("id")) row["id"] = row[id];
  for (const char* task : {"type", "subject"})
    if (row.contains(task) && !row.contains("task")) row["task"] = row[task];
}

std::string math_solution(const Json& row, const std::string& where) {
  if (row.contains("solution")) return text_at(row, "solution", where);
  return "The answer is \\boxed{" + text_at(row, "reference", where) + "}.";
}

// ---- AQuA: question, options ["A)21", ...], rationale, correct ----

void aqua(Json& row, const std::string& where) {
  row["prompt"] = text_at(row, "question", where) + lines_of(row, "options", where);
  row["reference"] = text_at(row, "correct", where);
}

std::string aqua_solution(const Json& row, const std::string& where) {
  return text_at(row, "rationale", where) + "\nThe answer is " + text_at(row, "correct", where) + ".";
}

// ---- HumanEval: task_id, prompt, entry_point, canonical_solution, test ----

void humaneval(Json& row, const std::string& where) {
  text_at(row, "prompt", where);
  text_at(row, "test", where);
  text_at(row, "entry_point", where);
  row["reference"] = text_at(row, "canonical_solution", where);
  row["id"] = text_at(row, "task_id", where);
}

// ---- MBPP: task_id, text, code, test_list, test_setup_code ----

void mbpp(Json& row, const std::string& where) {
  row["prompt"] = text_at(row, "text", where) + "\nYour code should pass these tests:" + lines_of(row, "test_list", where);
  row["reference"] = text_at(row, "code", where);
  row["id"] = text_at(row, "task_id", where);
}

std::string mbpp_solution(const Json& row, const std::string& where) { return "```python\n" + text_at(row, "code", where) + "\n```"; }

const std::array kFormats{
    DataFormat{"fields", "rows that name their fields by prompt_field, reference_field, id_field, task_field", "", as_it_is, reference_of},
    DataFormat{"aqua", "AQuA-RAT: question with its options, the letter", R"([{"name": "multiple_choice"}])", aqua, aqua_solution},
    DataFormat{"gsm8k", "GSM8K: question, the number after ####", R"([{"name": "numeric"}])", gsm8k, gsm8k_solution},
    DataFormat{"humaneval", "HumanEval: the function's head, tests", R"([{"name": "code", "source": "continuation"}])", humaneval, reference_of},
    DataFormat{"math", "MATH: problem, the last box of the solution", R"([{"name": "math"}])", math_set, math_solution},
    DataFormat{"mbpp", "MBPP: text with the tests, tests", R"([{"name": "code"}])", mbpp, mbpp_solution},
    DataFormat{"svamp", "SVAMP: body and question, the number", R"([{"name": "numeric"}])", svamp, svamp_solution},
};

}  // namespace

std::span<const DataFormat> data_formats() { return kFormats; }

std::vector<std::string> data_format_names() {
  std::vector<std::string> names;
  for (const DataFormat& format : kFormats) names.emplace_back(format.name);
  return names;
}

bool is_published_format(std::string_view name) {
  return name != kFormats.front().name && std::any_of(kFormats.begin(), kFormats.end(), [&](const DataFormat& f) { return f.name == name; });
}

const DataFormat& data_format(std::string_view name) {
  for (const DataFormat& format : kFormats)
    if (format.name == name) return format;
  throw Error(ErrorCode::invalid_argument, "data format '" + std::string(name) + "' is unknown" + suggestion(name, data_format_names()));
}

}  // namespace hone
