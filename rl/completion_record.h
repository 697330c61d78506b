// completions.jsonl: one line a completion, and the way back, which `hone train --replay` learns from. A log-probability is
// written with nine significant digits, which name a float32 exactly.
// Thread rule: one thread an object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/trace.h"
#include "rl/group_rewards.h"

namespace hone {

/// `token_ids`: with prompt_token_ids, token_ids and logprobs, which a replay needs, and with versions where those of the tokens differ
/// (`version` is the last token's). A group that was not trained on has no
/// advantages; they are written as null.
std::string completion_record(const Group& group, std::size_t index, int64_t step, bool token_ids);

/// The groups of one recorded step, without advantages.
struct RecordedStep {
  int64_t step = 0;           // 1-based, as recorded
  std::vector<Group> groups;  // those that were trained on, then the dropped ones
  std::size_t kept = 0;
};

/// Reads a file of records step by step; holds one step at a time.
class CompletionReader {
 public:
  /// `functions` order the reward components; each group must have `num_generations` completions. Throws not_found.
  CompletionReader(const std::filesystem::path& file, RewardFunctions functions, int64_t num_generations);
  /// The same from a stream; errors call it `name`.
  CompletionReader(std::unique_ptr<std::istream> in, std::string name, RewardFunctions functions, int64_t num_generations);

  /// Nothing at the end of the file. Throws invalid_argument "<file>:<line>: ..." for a broken line, a record without token ids
  /// or of other reward functions, and a group that is not whole.
  std::optional<RecordedStep> next();

 private:
  bool read_line();
  void add(RecordedStep& step);
  void check_whole(const Group& group) const;

  std::string file_;
  std::unique_ptr<std::istream> in_;
  RewardFunctions functions_;
  int64_t num_generations_;
  int64_t line_number_ = 0;
  std::string line_;
  bool pending_ = false;  // line_ belongs to the step that comes next
};

}  // namespace hone
