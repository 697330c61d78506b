// A training run: `hone train`. One step is
//
//   problems -> collect (generate + score) -> advantages -> learner.step -> publish weights -> records -> evaluation, checkpoint
//
// and is a pure function of (config, data, start weights, step number): the same bits in one process or with remote workers,
// uninterrupted or killed and resumed (on one instruction set and thread count of the learner).
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
};

/// Exit status: 0 done, 75 stopped early but resumable. Throws Error for everything else.
int run_training(const TrainConfig& config, const TrainOptions& options, const std::atomic<bool>& stop);

}  // namespace hone
