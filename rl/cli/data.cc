// hone data: what is done with data before training.
#include "rl/cli/cli.h"
#include "rl/cli/data_commands.h"

namespace hone {

void add_data_command(CLI::App& app, Action& action) {
  CLI::App* data = app.add_subcommand("data", "check and filter training data");
  data->require_subcommand(1);
  add_data_check(*data, action);
  add_data_filter(*data, action);
}

}  // namespace hone
