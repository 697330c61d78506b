// A training run: `hone train`. One step is
//
//   problems -> collect (generate + score) -> advantages -> learner.step -> publish weights -> records -> evaluation, checkpoint
//
// and is a function of (config, data, start weights, state after the step before): the same bits in one process or with remote
// workers, uninterrupted or killed and resumed, generated or replayed (on one instruction set and thread count of the learner). A
// replay has no rollouts, hence no evaluation; it ends with the records.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "rl/config.h"

namespace hone {

struct TrainOptions {
  bool resume = false;
  bool dry_run = false;
  std::string replay;  // learn from these recorded completions (completions.jsonl) instead of generating; "" = generate
};

/// Exit status: 0 done, 75 stopped early but resumable. Throws Error for everything else.
int run_training(const TrainConfig& config, const TrainOptions& options, const std::atomic<bool>& stop);

}  // namespace hone
