#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/format.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "rl/cli/cli.h"
#include "rl/compute_curve.h"
#include "rl/evaluator.h"
#include "rl/generation_config.h"
#include "rl/lenient_reward.h"
#include "rl/prompt_frame.h"
#include "rl/sample_metrics.h"
#include "rl/session.h"

namespace hone {
namespace {

struct EvalArguments {
  std::string config, model, file, records, compare, svg, best_by = "logprob", lenient = "auto";
  std::vector<std::string> overrides;
  bool json = false, curve = false;
};

OrderedJson summary_json(const EvalSummary& s, const std::string& lenient) {
  OrderedJson out;
  out["problems"] = s.problems;
  out["accuracy"] = s.accuracy;
  out["accuracy_low"] = s.low;
  out["accuracy_high"] = s.high;
  if (s.lenient) out["lenient"] = {{"rule", lenient}, {"accuracy", s.lenient->accuracy}, {"low", s.lenient->low}, {"high", s.lenient->high}};
  out["reward"] = s.reward;
  out["mean_length"] = s.mean_length;
  out["truncated"] = s.truncated;
  out["seconds"] = s.seconds;
  for (const auto& [name, task] : s.tasks) out["tasks"][name] = {{"problems", task.problems}, {"accuracy", task.accuracy}};
  return out;
}

OrderedJson estimate_json(const Estimate& e) { return {{"mean", e.mean}, {"low", e.interval.low}, {"high", e.interval.high}}; }

OrderedJson metrics_json(const SampleMetrics& m) {
  const auto length = [](double v) { return std::isfinite(v) ? OrderedJson(v) : OrderedJson(nullptr); };
  OrderedJson out{{"mean_length_right", length(m.mean_length_right)}, {"mean_length_wrong", length(m.mean_length_wrong)},
                  {"truncated", estimate_json(m.truncated)}, {"at", OrderedJson::array()}};
  for (const SampleMetrics::AtK& at : m.at)
    out["at"].push_back({{"k", at.k}, {"problems", at.problems}, {"pass", estimate_json(at.pass)}, {"majority", estimate_json(at.majority)},
                         {"best", estimate_json(at.best)}});
  return out;
}

std::string estimate_text(const Estimate& e) {
  return format("%5.1f [%4.1f, %5.1f]", 100 * e.mean, 100 * e.interval.low, 100 * e.interval.high);
}

void print_metrics(const SampleMetrics& m, const std::string& select_by) {
  std::printf("length     %.1f tokens where right, %.1f where wrong\n", m.mean_length_right, m.mean_length_wrong);
  std::printf("truncated  %s %%\n", estimate_text(m.truncated).c_str());
  if (m.at.size() < 2) return;
  std::printf("%6s  %-22s%-22sbest@k by %s\n", "k", "pass@k, %", "maj@k, %", select_by.c_str());
  for (const SampleMetrics::AtK& at : m.at)
    std::printf("%6ld  %-22s%-22s%s\n", static_cast<long>(at.k), estimate_text(at.pass).c_str(), estimate_text(at.majority).c_str(),
                estimate_text(at.best).c_str());
}

void print_text(const EvalSummary& s, const std::string& lenient) {
  std::printf("accuracy   %s of %ld problems\n", accuracy_text(s).c_str(), static_cast<long>(s.problems));
  if (s.lenient)
    std::printf("lenient    %s by %s, wherever the answer stands\n", accuracy_text(s.lenient->accuracy, s.lenient->low, s.lenient->high).c_str(), lenient.c_str());
  std::printf("reward     %.4f\nlength     %.1f tokens, %.1f %% truncated\n", s.reward, s.mean_length, 100 * s.truncated);
  for (const auto& [name, task] : s.tasks)
    if (!name.empty()) std::printf("  %-12s %.1f %% of %ld\n", name.c_str(), 100 * task.accuracy, static_cast<long>(task.problems));
}

/// --compute-curve: the samples of `result`, and thinking of each budget.
std::vector<ComputeSeries> compute_curve(const TrainConfig& config, const OpenModel& model, const std::vector<TokenizedProblem>& problems,
                                         RolloutSource& source, Rewarder& rewarder, const EvalOptions& options, const EvalResult& result,
                                         const SampleMetrics& metrics) {
  std::vector<ComputeSeries> curve = sample_series(result.summary, metrics);
  std::vector<int64_t> budgets = config.eval.thinking_budgets;
  if (budgets.empty()) return curve;
  std::sort(budgets.begin(), budgets.end());
  const BudgetForcing forcing{config.eval.think_end, config.eval.answer_prefix, config.eval.extension_text,
                              static_cast<int32_t>(config.eval.answer_length), static_cast<int32_t>(budgets.back())};
  BudgetForcer forcer(problems, *model.tokenizer, model.folder.config.max_position_embeddings, source, options, forcing, &stop_requested());
  for (ComputeSeries& s : length_series(forcer, budgets, config.eval.max_extensions, rewarder, options)) curve.push_back(std::move(s));
  return curve;
}

OrderedJson compare(const EvalArguments& a, const EvalResult& result, uint64_t seed) {
  const PairedComparison p = compare_paired(read_eval_records(a.compare), result.records, seed);
  if (!a.json)
    std::printf("against %s: %+.1f points [%+.1f, %+.1f], %ld fixed, %ld broken, McNemar p = %.3g\n", a.compare.c_str(),
                100 * p.difference, 100 * p.low, 100 * p.high, static_cast<long>(p.fixed), static_cast<long>(p.broken), p.mcnemar_p);
  return {{"difference", p.difference}, {"low", p.low}, {"high", p.high}, {"fixed", p.fixed}, {"broken", p.broken}, {"mcnemar_p", p.mcnemar_p}};
}

TrainConfig load_config(const EvalArguments& a) {
  TrainConfig config = load_generation_config(a.config, a.overrides);
  set_log_level(log_level_from_string(config.log.level));
  if (!a.model.empty()) config.model.path = a.model;
  if (!a.file.empty()) config.eval.file = a.file;
  if (config.eval.file.empty()) throw Error(ErrorCode::invalid_argument, "/eval/file: required (or --file)");
  const std::string difference = template_difference_to_run(config);
  if (!difference.empty()) log_warning("eval_template: ", difference);
  return config;
}

EvalOptions eval_options(const TrainConfig& config) {
  EvalOptions options;
  options.seed = static_cast<uint64_t>(config.run.seed);
  options.num_generations = static_cast<int32_t>(config.eval.num_generations);
  options.params = config.sampling_params();
  options.params.temperature = config.eval.temperature;
  return options;
}

void write_records(const std::string& file, const EvalResult& result) {
  std::string lines;
  for (const EvalRecord& r : result.records) lines += eval_record_line(r) + "\n";
  write_file_atomic(file, lines);
}

int run_eval(const EvalArguments& a) {
  const TrainConfig config = load_config(a);
  const OpenModel model = open_model(config.model.path);
  const auto problems = load_problems(config, model, config.eval.file, config.eval.limit);
  const auto rewarder = make_rewarder(config);
  const LenientReward lenient = make_lenient_reward(a.lenient, config.rewards.functions.text);
  RolloutBackend backend(config, model);
  {
    const WeightSet weights = load_weights(model.folder);
    backend.publisher().publish(1, weights.views());
  }
  EvalOptions options = eval_options(config);
  options.lenient = lenient.rewarder.get();
  const EvalResult result = evaluate(problems, backend.source(), *rewarder, options, &stop_requested());
  if (!a.records.empty()) write_records(a.records, result);
  OrderedJson out = summary_json(result.summary, lenient.name);
  if (!a.json) print_text(result.summary, lenient.name);
  const SampleMetrics metrics = sample_metrics(result.records, a.best_by, options.seed);
  out["samples"] = metrics_json(metrics);
  for (const SampleMetrics::AtK& at : metrics.at) out["pass@" + std::to_string(at.k)] = at.pass.mean;
  if (!a.json) print_metrics(metrics, a.best_by);
  if (!a.compare.empty()) out["compare"] = compare(a, result, options.seed);
  if (a.curve || !a.svg.empty()) {
    const auto curve = compute_curve(config, model, problems, backend.source(), *rewarder, options, result, metrics);
    out["compute_curve"] = compute_curve_json(curve);
    if (!a.json) std::cout << compute_curve_text(curve);
    if (!a.svg.empty()) write_file_atomic(a.svg, compute_curve_svg(curve, "accuracy against tokens spent: " + config.model.path));
  }
  if (a.json) std::cout << dump_line(out) << "\n";
  return 0;
}

}  // namespace

void add_eval_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<EvalArguments>();
  CLI::App* c = app.add_subcommand("eval", "accuracy of a model on a held-out file, with a run's prompts, sampling and rewards");
  c->add_option("config", a->config, "configuration of a run (train, sft or distill)")->required();
  c->add_option("--model", a->model, "model folder instead of the config's (e.g. RUN/best)");
  c->add_option("--file", a->file, "problems instead of the config's eval.file");
  c->add_option("--set", a->overrides, "override: section.key=value (repeatable)");
  c->add_option("--records", a->records, "write one JSON line a problem here");
  c->add_option("--compare", a->compare, "records of another model on the same problems: paired test");
  c->add_option("--best-by", a->best_by, "what picks the best of k samples: logprob, or the name of one of the rewards")->capture_default_str();
  c->add_option("--lenient", a->lenient, "rule of the lenient accuracy: auto (of the config's rewards), none, NAME, or {\"name\": NAME, settings}")->capture_default_str();
  c->add_flag("--compute-curve", a->curve, "also accuracy against tokens spent: by samples, and by eval.thinking_budgets and eval.max_extensions");
  c->add_option("--svg", a->svg, "write that curve here as an SVG chart");
  c->add_flag("--json", a->json, "one JSON object");
  c->callback([a, &action] {
    action = [a] {
      install_stop_signals();
      return run_eval(*a);
    };
  });
}

}  // namespace hone
