// hone: the command line without LibTorch. `hone train`, `hone sft` and `hone distill` replace this process by
// hone-train, which lies beside it.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "rl/cli/cli.h"

namespace {

int run_learner_program(char** argv) {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  const std::string program = (self.parent_path() / "hone-train").string();
  // LibTorch's OpenMP threads must sleep, not spin, between its few loops: the cores belong to Hone's own threads.
  setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
  // Activations come and go with every phase of a step: pages of 2 MiB are faulted in far faster than pages of 4 KiB.
  setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0);
  execv(program.c_str(), argv);
  std::cerr << "hone: cannot run " << program << ": " << std::strerror(errno)
            << "; '" << argv[1] << "' needs a build with LibTorch (-DHONE_LEARNER=ON)\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  for (const char* command : {"train", "sft", "distill"})
    if (argc > 1 && std::strcmp(argv[1], command) == 0) return run_learner_program(argv);
  CLI::App app("Hone: reinforcement learning for language models", "hone");
  app.set_version_flag("--version", HONE_VERSION);
  hone::Action action;
  app.add_subcommand("train", "reinforcement learning by GRPO");
  app.add_subcommand("sft", "supervised training: fine-tuning, pre-training, distillation from a teacher's texts");
  app.add_subcommand("distill", "on-policy distillation: reverse KL to a teacher on the student's own samples");
  hone::add_compare_command(app, action);
  hone::add_data_command(app, action);
  hone::add_eval_command(app, action);
  hone::add_generate_command(app, action);
  hone::add_rollout_worker_command(app, action);
  hone::add_reward_server_command(app, action);
  hone::add_report_command(app, action);
  hone::add_pipeline_command(app, action);
  hone::add_score_command(app, action);
  hone::add_logprobs_command(app, action);
  hone::add_tokenize_command(app, action);
  hone::add_tokenizer_command(app, action);
  hone::add_inspect_command(app, action);
  hone::add_import_command(app, action);
  app.require_subcommand(1);
  return hone::run_command_line(app, action, argc, argv);
}
