// hone data make: a subcommand of `hone data`.
#pragma once

#include "rl/cli/cli.h"

namespace hone {

void add_data_make(CLI::App& data, Action& action);

}  // namespace hone
