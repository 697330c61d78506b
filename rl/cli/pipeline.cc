// hone pipeline: runs the stages of one file one after another, each once.
#include <chrono>
#include <iostream>
#include <memory>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "rl/cli/cli.h"
#include "rl/distill_config.h"
#include "rl/sft_config.h"
#include "rl/stages/stage_plan.h"

namespace hone {
namespace {

struct PipelineArguments {
  std::string config;
  std::vector<std::string> overrides;
  bool dry_run = false, json = false;
};

/// Configurations are read before the first stage runs: a typing error in the last one should not cost the others' time.
void check_configs(const StagePlan& plan) {
  for (const Stage& stage : plan.stages) {
    const std::string& kind = stage.arguments.at(0);
    std::vector<std::string> overrides;
    for (std::size_t i = 0; i + 1 < stage.arguments.size(); ++i)
      if (stage.arguments[i] == "--set") overrides.push_back(stage.arguments[i + 1]);
    try {
      if (kind == "sft") load_sft_config(stage.arguments.at(1), overrides);
      if (kind == "train") load_train_config(stage.arguments.at(1), overrides);
      if (kind == "distill") load_distill_config(stage.arguments.at(1), overrides);
    } catch (const Error& e) {
      throw Error(e.code(), "stage " + stage.name + ": " + e.what());
    }
  }
}

const char* to_text(StageEnd end) { return end == StageEnd::already_done ? "already done" : end == StageEnd::done ? "done" : "stopped"; }

int run_pipeline(const PipelineArguments& a) {
  const StagePlan plan = load_stage_plan(a.config, a.overrides);
  check_configs(plan);
  if (a.dry_run) {
    for (const Stage& stage : plan.stages)
      if (stage_is_done(stage)) std::cout << "done: " << stage.name << "\n";
    std::cout << to_text(plan);
    return 0;
  }
  OrderedJson stages = OrderedJson::array();
  StageEnd end = StageEnd::done;
  for (std::size_t i = 0; i < plan.stages.size() && end != StageEnd::stopped; ++i) {
    const Stage& stage = plan.stages[i];
    const auto start = std::chrono::steady_clock::now();
    log_info("stage ", i + 1, " of ", plan.stages.size(), ", ", stage.name, ": hone ", stage.arguments.at(0), " in ", stage.folder.string());
    end = stop_requested() ? StageEnd::stopped : run_stage(stage, stop_requested());
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    log_info("stage ", stage.name, ": ", to_text(end), end == StageEnd::stopped ? "; the same command goes on" : "");
    stages.push_back({{"name", stage.name}, {"status", to_text(end)}, {"folder", stage.folder.string()}, {"seconds", seconds}});
  }
  if (a.json) std::cout << dump_line(OrderedJson{{"name", plan.name}, {"complete", end != StageEnd::stopped}, {"stages", std::move(stages)}}) << "\n";
  return end == StageEnd::stopped ? exit_code(ErrorCode::cancelled) : 0;
}

}  // namespace

void add_pipeline_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<PipelineArguments>();
  CLI::App* c = app.add_subcommand("pipeline", "run stages (sft, train, distill, generate, data filter) one after another; started again it goes on where it was");
  c->add_option("config", a->config, "the pipeline (JSON with // comments): docs/pipeline.md")->required();
  c->add_option("--set", a->overrides, "override: STAGE.section.key=value, STAGE.option=value or output_dir=FOLDER (repeatable)");
  c->add_flag("--dry-run", a->dry_run, "read all configurations, print each stage's command and which are done, stop");
  c->add_flag("--json", a->json, "one JSON object with each stage's result");
  c->callback([a, &action] {
    action = [a] {
      install_stop_signals();
      return run_pipeline(*a);
    };
  });
}

}  // namespace hone
