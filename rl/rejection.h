// Rejection sampling: of a model's scored completions, those worth learning from, as rows for `hone sft`.
// Yuan et al. 2023, arXiv:2308.01825 (RFT); DeepSeek-R1, arXiv:2501.12948, section 2.3.3. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/trace.h"

namespace hone {

enum class Keep : uint8_t {
  all,      // every completion
  correct,  // scored at least 1 - 1e-9, and ended by itself: what the length limit cut off is no example of an answer
  best,     // the first of those with the highest score of its prompt, ended by itself and scored above 0
};
Keep keep_from_string(std::string_view name);  // throws invalid_argument

struct KeepOptions {
  Keep keep = Keep::all;
  int64_t per_prompt = 0;  // most rows of one prompt, the first ones; 0 = all
  bool distinct = true;    // equal texts of one prompt count once
};

/// Indices of the completions that stay, in order.
std::vector<std::size_t> kept_completions(const Group& group, const KeepOptions& options);

/// Completions that no score decided, so that none of them is kept as correct or best.
struct UnjudgedCounts {
  int64_t errors = 0;   // a reward function failed
  int64_t skipped = 0;  // no reward function applies
  std::string first_error;  // its function and detail
};
void count_unjudged(const Group& group, UnjudgedCounts& counts);
/// "3 could not be judged (numeric: no memory), 2 skipped by every reward function"; "" when all were judged.
std::string unjudged_text(const UnjudgedCounts& counts);

/// {"prompt", "completion", "reference", "id", "task", "score"}: a row that `hone sft` reads as it is.
std::string sft_row(const Group& group, std::size_t index);

}  // namespace hone
