// Built without gRPC (preset core): the server commands say so.
#include "proto/base/error.h"
#include "rl/cli/cli.h"

namespace hone {
namespace {

void add_absent(CLI::App& app, Action& action, const std::string& name, const std::string& help) {
  CLI::App* c = app.add_subcommand(name, help + " (not in this build: it has no gRPC)");
  c->allow_extras();
  c->callback([name, &action] {
    action = [name]() -> int { throw Error(ErrorCode::unimplemented, name + ": this build has no gRPC; build with -DHONE_RPC=ON"); };
  });
}

}  // namespace

void add_rollout_worker_command(CLI::App& app, Action& action) { add_absent(app, action, "rollout-worker", "serve completions over gRPC"); }
void add_reward_server_command(CLI::App& app, Action& action) { add_absent(app, action, "reward-server", "serve rewards over gRPC"); }

}  // namespace hone
