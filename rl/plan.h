// `hone train --dry-run`: resolve everything, check files, endpoints and memory, print the plan.
#pragma once

#include "rl/config.h"

namespace hone {

/// Prints to stdout. Throws what a run would throw at its start.
void print_plan(const TrainConfig& config);

}  // namespace hone
