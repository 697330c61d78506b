#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "rl/cli/cli.h"
#include "rl/evaluator.h"
#include "rl/prompt_frame.h"
#include "rl/session.h"
#include "rl/statistics.h"

namespace hone {
namespace {

struct EvalArguments {
  std::string config, model, file, records, compare;
  std::vector<std::string> overrides;
  bool json = false;
};

OrderedJson summary_json(const EvalSummary& s) {
  OrderedJson out;
  out["problems"] = s.problems;
  out["accuracy"] = s.accuracy;
  out["accuracy_low"] = s.low;
  out["accuracy_high"] = s.high;
  out["reward"] = s.reward;
  out["mean_length"] = s.mean_length;
  out["truncated"] = s.truncated;
  out["seconds"] = s.seconds;
  for (const auto& [name, task] : s.tasks) out["tasks"][name] = {{"problems", task.problems}, {"accuracy", task.accuracy}};
  return out;
}

/// pass@k for k = 1, 2, 4, ... up to n, mean over problems.
std::vector<std::pair<int64_t, double>> pass_at_powers(const std::vector<EvalRecord>& records, int64_t n) {
  std::vector<std::pair<int64_t, double>> out;
  for (int64_t k = 1; k <= n; k *= 2) {
    double sum = 0.0;
    for (const EvalRecord& r : records) sum += pass_at_k(n, std::llround(r.accuracy * static_cast<double>(n)), k);
    out.emplace_back(k, sum / static_cast<double>(records.size()));
  }
  return out;
}

void print_text(const EvalSummary& s) {
  std::printf("accuracy   %s of %ld problems\nreward     %.4f\nlength     %.1f tokens, %.1f %% truncated\n", accuracy_text(s).c_str(),
              static_cast<long>(s.problems), s.reward, s.mean_length, 100 * s.truncated);
  for (const auto& [name, task] : s.tasks)
    if (!name.empty()) std::printf("  %-12s %.1f %% of %ld\n", name.c_str(), 100 * task.accuracy, static_cast<long>(task.problems));
}

int run_eval(const EvalArguments& a) {
  TrainConfig config = load_train_config(a.config, a.overrides);
  set_log_level(log_level_from_string(config.log.level));
  if (!a.model.empty()) config.model.path = a.model;
  if (!a.file.empty()) config.eval.file = a.file;
  if (config.eval.file.empty()) throw Error(ErrorCode::invalid_argument, "/eval/file: required (or --file)");
  const std::string difference = template_difference_to_run(config);
  if (!difference.empty()) log_warning("eval_template: ", difference);
  const OpenModel model = open_model(config.model.path);
  const auto problems = tokenize_problems(read_problems(config.eval.file, config.data, config.eval.limit), *model.tokenizer,
                                          config.data.add_special_tokens, prompt_limit(config, model.folder.config), config.eval.file);
  const auto rewarder = make_rewarder(config);
  RolloutBackend backend(config, model);
  {
    const WeightSet weights = load_weights(model.folder);
    backend.publisher().publish(1, weights.views());
  }
  EvalOptions options;
  options.seed = static_cast<uint64_t>(config.run.seed);
  options.num_generations = static_cast<int32_t>(config.eval.num_generations);
  options.params = config.sampling_params();
  options.params.temperature = config.eval.temperature;
  const EvalResult result = evaluate(problems, backend.source(), *rewarder, options, &stop_requested());

  if (!a.records.empty()) {
    std::string lines;
    for (const EvalRecord& r : result.records) lines += eval_record_line(r) + "\n";
    write_file_atomic(a.records, lines);
  }
  OrderedJson out = summary_json(result.summary);
  if (!a.json) print_text(result.summary);
  if (config.eval.num_generations > 1) {
    for (const auto& [k, value] : pass_at_powers(result.records, config.eval.num_generations)) {
      out["pass@" + std::to_string(k)] = value;
      if (!a.json) std::printf("pass@%-5ld %.1f %%\n", static_cast<long>(k), 100 * value);
    }
  }
  if (!a.compare.empty()) {
    const PairedComparison p = compare_paired(read_eval_records(a.compare), result.records, options.seed);
    out["compare"] = {{"difference", p.difference}, {"low", p.low}, {"high", p.high}, {"fixed", p.fixed}, {"broken", p.broken},
                      {"mcnemar_p", p.mcnemar_p}};
    if (!a.json)
      std::printf("against %s: %+.1f points [%+.1f, %+.1f], %ld fixed, %ld broken, McNemar p = %.3g\n", a.compare.c_str(),
                  100 * p.difference, 100 * p.low, 100 * p.high, static_cast<long>(p.fixed), static_cast<long>(p.broken), p.mcnemar_p);
  }
  if (a.json) std::cout << dump_line(out) << "\n";
  return 0;
}

}  // namespace

void add_eval_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<EvalArguments>();
  CLI::App* c = app.add_subcommand("eval", "accuracy of a model on a held-out file, with a run's prompts, sampling and rewards");
  c->add_option("config", a->config, "configuration of a run")->required();
  c->add_option("--model", a->model, "model folder instead of the config's (e.g. RUN/best)");
  c->add_option("--file", a->file, "problems instead of the config's eval.file");
  c->add_option("--set", a->overrides, "override: section.key=value (repeatable)");
  c->add_option("--records", a->records, "write one JSON line a problem here");
  c->add_option("--compare", a->compare, "records of another model on the same problems: paired test");
  c->add_flag("--json", a->json, "one JSON object");
  c->callback([a, &action] {
    action = [a] {
      install_stop_signals();
      return run_eval(*a);
    };
  });
}

}  // namespace hone
