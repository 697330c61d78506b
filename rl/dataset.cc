#include "rl/dataset.h"

#include <algorithm>

#include "policy/chat_template.h"
#include "policy/tokenizer.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "proto/base/random.h"
#include "rl/data/data_format.h"

namespace hone {
Problem read_problem(Json row, std::size_t line, const std::string& where, const DataSection& fields) {
  data_format(fields.format).adapt(row, where);
  Problem p;
  p.prompt = fields.prompt_template.empty() ? field_text(row, fields.prompt_field, where) : render_template(fields.prompt_template, row, where);
  if (p.prompt.empty()) throw Error(ErrorCode::invalid_argument, where + ": the prompt is empty");
  if (!fields.reference_field.empty()) p.reference = field_text(row, fields.reference_field, where);
  p.task = optional_text(row, fields.task_field, where);
  p.id = optional_text(row, fields.id_field, where);
  if (p.id.empty()) p.id = std::to_string(line);
  for (const std::string& used : {fields.reference_field, fields.id_field, fields.task_field}) row.erase(used);
  // Rules may need the row's own prompt: a template, and the chat template later, put another one in its place.
  if (fields.prompt_template.empty() && fields.format == "fields") row.erase(fields.prompt_field);
  if (!row.empty()) p.metadata_json = dump_line(row);
  return p;
}

std::vector<Problem> read_problems(const std::string& file, const DataSection& fields, int64_t limit) {
  std::vector<Problem> problems;
  for_each_raw_row(file, [&](const RawRow& raw) {
    problems.push_back(read_problem(parse_row(raw.text, file, raw.number), raw.number, file + ":" + std::to_string(raw.number), fields));
    return limit == 0 || static_cast<int64_t>(problems.size()) < limit;
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
                                                   " tokens; at most " + std::to_string(limit_tokens - 1) +
                                                   " fit (the context less sampling.max_completion_length, and data.max_prompt_length)");
    t.problem = std::move(problem);
    out.push_back(std::move(t));
  }
  return out;
}

void render_chat_prompts(std::vector<Problem>& problems, const std::filesystem::path& model, const std::string& system_prompt, const std::string& date,
                         const std::string& where) {
  const auto chat = ChatTemplate::from_folder(model);
  if (!chat)
    throw Error(ErrorCode::failed_precondition, where + ": " + model.string() + " has neither chat_template.jinja nor chat_template in tokenizer_config.json");
  for (Problem& p : problems) {
    OrderedJson messages = OrderedJson::array();
    if (!system_prompt.empty()) messages.push_back({{"role", "system"}, {"content", system_prompt}});
    messages.push_back({{"role", "user"}, {"content", p.prompt}});
    p.prompt = chat->render(messages, OrderedJson(), {true, date});
  }
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
