#include "rl/dataset.h"

#include <algorithm>

#include "policy/tokenizer.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "proto/base/random.h"

namespace hone {
std::string field_text(const Json& row, const std::string& field, const std::string& where) {
  const auto it = row.find(field);
  if (it == row.end()) throw Error(ErrorCode::invalid_argument, where + ": field '" + field + "' is missing");
  if (it->is_string()) return it->get<std::string>();
  if (it->is_number() || it->is_boolean()) return it->dump();
  throw Error(ErrorCode::invalid_argument,
              where + ": field '" + field + "' is " + json_type_name(*it) + ", a string or number is needed");
}

namespace {

std::string optional_text(const Json& row, const std::string& field, const std::string& where) {
  return row.contains(field) ? field_text(row, field, where) : "";
}

}  // namespace

std::string render_template(const std::string& text, const Json& row, const std::string& where) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      out += c;
      ++i;
    } else if (c == '{') {
      const std::size_t close = text.find('}', i);
      if (close == std::string::npos)
        throw Error(ErrorCode::invalid_argument, "template: '{' without '}' (write {{ for a brace)");
      out += field_text(row, text.substr(i + 1, close - i - 1), where);
      i = close;
    } else {
      out += c;
    }
  }
  return out;
}

std::vector<Problem> read_problems(const std::string& file, const DataSection& fields, int64_t limit) {
  std::vector<Problem> problems;
  for_each_jsonl(file, [&](const Json& row, std::size_t line) {
    if (limit > 0 && static_cast<int64_t>(problems.size()) >= limit) return;
    const std::string where = file + ":" + std::to_string(line);
    Problem p;
    p.prompt = fields.prompt_template.empty() ? field_text(row, fields.prompt_field, where)
                                              : render_template(fields.prompt_template, row, where);
    if (p.prompt.empty()) throw Error(ErrorCode::invalid_argument, where + ": the prompt is empty");
    if (!fields.reference_field.empty()) p.reference = field_text(row, fields.reference_field, where);
    p.task = optional_text(row, fields.task_field, where);
    p.id = optional_text(row, fields.id_field, where);
    if (p.id.empty()) p.id = std::to_string(line);
    Json rest = row;
    for (const std::string& used : {fields.reference_field, fields.id_field, fields.task_field}) rest.erase(used);
    if (fields.prompt_template.empty()) rest.erase(fields.prompt_field);  // a template keeps the row's own prompt
    if (!rest.empty()) p.metadata_json = dump_line(rest);
    problems.push_back(std::move(p));
  });
  if (problems.empty()) throw Error(ErrorCode::invalid_argument, file + ": no problems in the file; at least one line is needed");
  return problems;
}

std::vector<TokenizedProblem> tokenize_problems(std::vector<Problem> problems, const Tokenizer& tokenizer,
                                                bool add_special_tokens, int64_t limit_tokens, const std::string& file) {
  std::vector<TokenizedProblem> out;
  out.reserve(problems.size());
  for (Problem& problem : problems) {
    TokenizedProblem t;
    t.prompt_token_ids = tokenizer.encode(problem.prompt, add_special_tokens);
    const auto length = static_cast<int64_t>(t.prompt_token_ids.size());
    if (length == 0) throw Error(ErrorCode::invalid_argument, file + ": problem " + problem.id + ": the prompt has no tokens");
    if (length + 1 > limit_tokens)
      throw Error(ErrorCode::invalid_argument, file + ": problem " + problem.id + ": prompt of " + std::to_string(length) +
                                                   " tokens; at most " + std::to_string(limit_tokens - 1) + " fit");
    t.problem = std::move(problem);
    out.push_back(std::move(t));
  }
  return out;
}

std::vector<uint32_t> problems_of_step(std::size_t problem_count, int64_t prompts_per_step, int64_t step, uint64_t seed, bool shuffle) {
  HONE_CHECK(problem_count > 0, "no problems");
  std::vector<uint32_t> out;
  out.reserve(static_cast<std::size_t>(prompts_per_step));
  std::vector<uint32_t> order;
  int64_t order_epoch = -1;
  const auto count = static_cast<int64_t>(problem_count);
  for (int64_t i = step * prompts_per_step; i < (step + 1) * prompts_per_step; ++i) {
    const int64_t epoch = i / count;
    if (shuffle && epoch != order_epoch) {
      order = permutation(problem_count, seed, static_cast<uint32_t>(epoch));
      order_epoch = epoch;
    }
    const auto at = static_cast<std::size_t>(i % count);
    out.push_back(shuffle ? order[at] : static_cast<uint32_t>(at));
  }
  return out;
}

}  // namespace hone
