// hone data: what is done with data before training.
#include "rl/cli/cli.h"
#include "rl/cli/data_commands.h"
#include "rl/cli/data_make.h"

namespace hone {

void add_data_command(CLI::App& app, Action& action) {
  CLI::App* data = app.add_subcommand("data", "make, check and filter data");
  data->require_subcommand(1);
  add_data_check(*data, action);
  add_data_filter(*data, action);
  add_data_make(*data, action);
}

}  // namespace hone
