// hone-train: the commands that need LibTorch. `hone train`, `hone sft` and `hone distill` run this
// program, so that all other commands start without
// loading LibTorch (half a second and 100 MB).
#include "proto/base/memory.h"
#include "rl/cli/cli.h"

int main(int argc, char** argv) {
  hone::keep_freed_memory();  // activations come and go with every micro-batch
  CLI::App app("Hone: reinforcement learning for language models (learner)", "hone");
  hone::Action action;
  hone::add_train_command(app, action);
  hone::add_sft_command(app, action);
  hone::add_distill_command(app, action);
  app.require_subcommand(1);
  return hone::run_command_line(app, action, argc, argv);
}
