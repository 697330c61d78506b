#include "rl/compare/compare.h"

#include <filesystem>
#include <iostream>

#include "policy/model_folder.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "rl/compare/final_eval.h"
#include "rl/compare/html_report.h"
#include "rl/compare/plan.h"
#include "rl/compare/results.h"
#include "rl/compare/runner.h"
#include "rl/compare/table.h"
#include "rl/dataset.h"
#include "rl/session.h"
#include "rl/sft_config.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

/// The values of the --set arguments of a stage.
std::vector<std::string> overrides_of(const CompareStage& stage) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i + 1 < stage.arguments.size(); ++i)
    if (stage.arguments[i] == "--set") out.push_back(stage.arguments[i + 1]);
  return out;
}

void check_stage(const CompareConfig& config, const CompareStage& stage) {
  if (stage.samples) return require_file(config.arms[*stage.arm].rejection.file, "problems");
  const bool train = stage.arguments.front() == "train";
  const std::string data = train ? load_train_config(stage.config, overrides_of(stage)).data.train_file : load_sft_config(stage.config, overrides_of(stage)).data.train_file;
  const bool sampled = stage.arm && config.arms[*stage.arm].kind == ArmKind::rejection_sft;
  if (!sampled) require_file(data, "training data");
}

/// Where an error belongs: "arm 'GRPO': ...".
template <class Body>
void of(const std::string& what, const Body& body) {
  try {
    body();
  } catch (const Error& e) {
    throw Error(e.code(), what + ": " + e.what());
  }
}

AllAnswers test_all(const CompareConfig& config, std::vector<std::vector<KlResult>>& kl, const std::atomic<bool>& stop) {
  AllAnswers answers;
  for (const ArmConfig& arm : config.arms) {
    answers.emplace_back();
    kl.emplace_back();
    for (const int64_t seed : seeds_of(config, arm)) {
      if (stop) throw Error(ErrorCode::cancelled, "stopped; run the same command again to go on");
      answers.back().push_back(test_model(config, arm, seed, stop));
      if (arm.kind != ArmKind::prompt && config.kl_problems > 0) kl.back().push_back(measure_kl(config, arm, seed, stop));
    }
  }
  return answers;
}

}  // namespace

void check_comparison(const CompareConfig& config) {
  for (const ArmConfig& arm : config.arms)
    for (const EvalSetConfig& set : config.sets)
      of("set '" + set.name + "' for arm '" + arm.name + "'", [&] {
        const TrainConfig test = eval_config_of(config, arm, &set);
        make_rewarder(test);
        read_problems(set.file, test.data, 0);
      });
  for (const CompareStage& stage : plan_stages(config))
    if (stage.seed == config.first_seed) of(stage.title, [&] { check_stage(config, stage); });
  if (!config.base_by_seed()) open_model(config.base_path);
}

void print_comparison_plan(const CompareConfig& config) {
  const std::vector<CompareStage> stages = plan_stages(config);
  std::cout << config.name << ": " << config.arms.size() << " arms, " << config.seeds << (config.seeds == 1 ? " seed, " : " seeds, ") << stages.size()
            << " runs, then every final model on " << config.sets.size() << (config.sets.size() == 1 ? " set\n" : " sets\n");
  if (config.amount) std::cout << "budget: " << spent_text(*config.amount, config.budget_currency()) << " a run\n";
  if (!config.same_as.empty()) std::cout << "budget: the " << config.currency << " of '" << config.same_as << "', seed by seed\n";
  for (const CompareStage& stage : stages) {
    std::cout << (is_complete(stage) ? "  done  " : "  to do ") << stage.title << "\n          hone";
    for (const std::string& a : stage.arguments) std::cout << " " << (a.find_first_of(" \"{[\n'\\|<>") == std::string::npos ? a : Json(a).dump());
    std::cout << "\n";
  }
}

int run_comparison(const CompareConfig& config, bool json, const std::atomic<bool>& stop) {
  check_comparison(config);
  CompareRunner(config, stop).run(plan_stages(config));
  std::vector<std::vector<KlResult>> kl;
  const AllAnswers answers = test_all(config, kl, stop);
  const CompareResults results = collect_results(config, answers, kl);
  const OrderedJson numbers = to_json(results);
  const fs::path folder = config.output_dir;
  fs::create_directories(folder);
  write_file_atomic(folder / "compare.json", numbers.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
  write_file_atomic(folder / "report.html", comparison_page(results));
  if (json) std::cout << dump_line(numbers) << "\n";
  else std::cout << comparison_text(results) << "\n" << (folder / "report.html").string() << "\n";
  return 0;
}

}  // namespace hone
