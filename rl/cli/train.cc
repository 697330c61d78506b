#include "rl/trainer.h"

#include <iostream>
#include <memory>

#include "proto/base/log.h"
#include "rl/cli/cli.h"

namespace hone {

void add_train_command(CLI::App& app, Action& action) {
  struct Arguments {
    std::string config;
    std::vector<std::string> overrides;
    TrainOptions options;
    bool help_config = false, help_config_markdown = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* c = app.add_subcommand("train", "reinforcement learning by GRPO");
  c->add_option("config", a->config, "configuration of the run (JSON with // comments)");
  c->add_option("--set", a->overrides, "override: section.key=value (repeatable)");
  c->add_option("--replay", a->options.replay, "learn from these recorded completions (a run's completions.jsonl) instead of generating");
  c->add_flag("--resume", a->options.resume, "go on from the newest complete checkpoint of the run folder");
  c->add_flag("--dry-run", a->options.dry_run, "resolve everything, check files, endpoints and memory, print the plan, stop");
  c->add_flag("--help-config", a->help_config, "list every key with type, limits, default and meaning");
  c->add_flag("--help-config-markdown", a->help_config_markdown, "the same as a Markdown page (docs/configuration.md)");
  c->callback([a, &action] {
    if (a->config.empty() && !a->help_config && !a->help_config_markdown) throw CLI::RequiredError("config");
    action = [a] {
      if (a->help_config || a->help_config_markdown) {
        TrainConfig defaults;
        std::cout << config_help([&](ConfigVisitor& v) { visit(v, defaults); }, a->help_config_markdown);
        return 0;
      }
      const TrainConfig config = load_train_config(a->config, a->overrides);
      set_log_level(log_level_from_string(config.log.level));
      install_stop_signals();
      return run_training(config, a->options, stop_requested());
    };
  });
}

}  // namespace hone
