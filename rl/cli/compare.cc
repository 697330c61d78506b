#include "rl/compare/compare.h"

#include <iostream>
#include <memory>

#include "proto/base/log.h"
#include "rl/cli/cli.h"

namespace hone {

void add_compare_command(CLI::App& app, Action& action) {
  struct Arguments {
    std::string config;
    std::vector<std::string> overrides;
    int64_t seeds = 0;
    bool dry_run = false, json = false, help_config = false, help_config_markdown = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* c = app.add_subcommand("compare", "prompting, supervised and reinforcement learning from one base at equal cost: table, plots, page");
  c->add_option("config", a->config, "configuration of the comparison (JSON with // comments)");
  c->add_option("--seeds", a->seeds, "runs of every trained arm, instead of the config's seeds")->check(CLI::PositiveNumber);
  c->add_option("--set", a->overrides, "override a key of the comparison: key=value (repeatable)");
  c->add_flag("--dry-run", a->dry_run, "read every config and file, print the commands that would run, stop");
  c->add_flag("--json", a->json, "the numbers as one JSON object instead of the text");
  c->add_flag("--help-config", a->help_config, "list every key with type, limits, default and meaning");
  c->add_flag("--help-config-markdown", a->help_config_markdown, "the same as a Markdown page (docs/compare_configuration.md)");
  c->footer("A comparison that was stopped goes on when the same command is run again; what is complete is not repeated.");
  c->callback([a, &action] {
    if (a->config.empty() && !a->help_config && !a->help_config_markdown) throw CLI::RequiredError("config");
    action = [a] {
      if (a->help_config || a->help_config_markdown) {
        std::cout << compare_config_help(a->help_config_markdown);
        return 0;
      }
      if (a->seeds > 0) a->overrides.push_back("seeds=" + std::to_string(a->seeds));
      const CompareConfig config = load_compare_config(a->config, a->overrides);
      if (a->dry_run) {
        check_comparison(config);
        print_comparison_plan(config);
        return 0;
      }
      install_stop_signals();
      return run_comparison(config, a->json, stop_requested());
    };
  });
}

}  // namespace hone
