// A supervised run: `hone sft`. One step is
//
//   examples of the step (rl/sft_batches.h) -> learner.step -> metrics line -> evaluation, checkpoint
//
// and is a pure function of (config, data, start weights, step number): a run that is killed and resumed ends in the same bits (on one
// instruction set and thread count). Folder, checkpoints, signals and exit status are those of `hone train` (rl/training_run.h).
#pragma once

#include <atomic>

#include "rl/sft_config.h"

namespace hone {

struct SftOptions {
  bool resume = false;
  bool dry_run = false;  // resolve everything, read the data, print the plan to stdout, stop
};

/// Exit status: 0 done, 75 stopped early but resumable. Throws Error for everything else.
int run_sft(const SftConfig& config, const SftOptions& options, const std::atomic<bool>& stop);

}  // namespace hone
