// Steps that were generated ahead of training, as a checkpoint keeps them: what they need beside their completions as JSON, the
// completions as the records of completions.jsonl. A resumed run trains on the same completions, which no later weights could make again.
// Thread rule: pure functions.
#pragma once

#include <deque>
#include <string>

#include "rl/completion_record.h"
#include "rl/grpo_section.h"
#include "rl/step_collector.h"

namespace hone {

struct CollectedText {
  std::string steps;    // JSON; "" for no steps
  std::string records;  // JSONL
};
CollectedText write_collected(const std::deque<CollectedStep>& steps, const RewardFunctions& functions, const GrpoSection& config);

/// Throws data_loss naming `source` for what write_collected does not write, and for records of other reward functions.
std::deque<CollectedStep> read_collected(const CollectedText& text, const RewardFunctions& functions, const GrpoSection& config,
                                         const std::string& source);

}  // namespace hone
