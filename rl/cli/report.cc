#include "rl/report.h"

#include <iostream>
#include <memory>

#include "rl/cli/cli.h"

namespace hone {

void add_report_command(CLI::App& app, Action& action) {
  struct Arguments {
    std::string run;
    int examples = 3;
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* c = app.add_subcommand("report", "a run in one page: curves, held-out accuracy before and after, cost, examples");
  c->add_option("run", a->run, "run folder")->required();
  c->add_option("--examples", a->examples, "problems to show")->capture_default_str();
  c->add_flag("--json", a->json, "one JSON object");
  c->callback([a, &action] {
    action = [a] {
      const RunReport report = make_report(a->run, a->examples);
      std::cout << (a->json ? report.json + "\n" : report.text);
      return 0;
    };
  });
}

}  // namespace hone
