// Problems from JSONL: each row becomes a Problem with its prompt rendered. Errors name file, line and field.
// Order of training: a permutation a epoch, a pure function of (seed, epoch), so that a step's problems depend on the step alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "proto/base/trace.h"
#include "rl/config.h"
#include "rl/data/row_fields.h"

namespace hone {

class Tokenizer;

/// Throws invalid_argument on a broken line, a missing or ill-typed field, an empty file; `limit` 0 = all.
std::vector<Problem> read_problems(const std::string& file, const DataSection& fields, int64_t limit);

/// One row, by fields.format and the field names; `where` ("file:line") starts messages. Errors as read_problems.
Problem read_problem(nlohmann::json row, std::size_t line, const std::string& where, const DataSection& fields);

/// Makes each prompt a user's message, after the system's one if there is any, and renders it by the model's chat template with a
/// generation prompt. `date`: as ChatOptions. Throws failed_precondition "<where>: ..." when the model folder has no template.
void render_chat_prompts(std::vector<Problem>& problems, const std::filesystem::path& model, const std::string& system_prompt, const std::string& date,
                         const std::string& where);

struct TokenizedProblem {
  Problem problem;
  std::vector<int32_t> prompt_token_ids;
};

/// Encodes the prompts and checks each against the context: prompt + 1 <= limit_tokens.
std::vector<TokenizedProblem> tokenize_problems(std::vector<Problem> problems, const Tokenizer& tokenizer,
                                                bool add_special_tokens, int64_t limit_tokens, const std::string& file);

/// Indices of the problems of one step (0-based): the run's stream of epochs cut into pieces of `prompts_per_step`.
std::vector<uint32_t> problems_of_step(std::size_t problem_count, int64_t prompts_per_step, int64_t step, uint64_t seed, bool shuffle);

}  // namespace hone
