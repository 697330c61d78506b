// A run of on-policy distillation: `hone distill`. One step is
//
//   prompts of the step -> the student's completions -> reverse KL to the teacher -> AdamW -> publish weights -> evaluation, checkpoint
//
// and is a pure function of (config, data, both models, step number). Folder, checkpoints, signals and exit status are those of
// `hone train` (rl/training_run.h).
#pragma once

#include <atomic>

#include "rl/distill_config.h"

namespace hone {

/// Exit status: 0 done, 75 stopped early but resumable. Throws Error for everything else.
int run_distillation(const DistillConfig& config, bool resume, const std::atomic<bool>& stop);

}  // namespace hone
