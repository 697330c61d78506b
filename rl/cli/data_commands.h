// The commands below `hone data`; rl/cli/data.cc lists them.
#pragma once

#include "rl/cli/cli.h"

namespace hone {

void add_data_check(CLI::App& data, Action& action);
void add_data_filter(CLI::App& data, Action& action);

}  // namespace hone
