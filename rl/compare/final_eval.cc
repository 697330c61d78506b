#include "rl/compare/final_eval.h"

#include <cmath>
#include <memory>
#include <optional>

#include "policy/generator.h"
#include "proto/base/digest.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "proto/base/log.h"
#include "proto/base/thread_pool.h"
#include "rewards/pattern.h"
#include "rl/compare/plan.h"
#include "rl/compare/runner.h"
#include "rl/evaluator.h"
#include "rl/pipeline.h"
#include "rl/session.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

/// Divergence samples draw from streams of their own, apart from training and evaluation.
constexpr uint32_t kKlStep = kEvalStepBase + 0x40000000u;

/// A model that is loaded when the first set needs it.
class LazyModel {
 public:
  LazyModel(std::string path, const TrainConfig& config) : path_(std::move(path)), config_(config) {}
  const OpenModel& model() {
    load();
    return *model_;
  }
  RolloutSource& source() {
    load();
    return backend_->source();
  }

 private:
  void load() {
    if (backend_) return;
    model_ = open_model(path_);
    backend_ = std::make_unique<RolloutBackend>(config_, *model_);
    const WeightSet weights = load_weights(model_->folder);
    backend_->publisher().publish(1, weights.views());
  }

  std::string path_;
  TrainConfig config_;
  std::optional<OpenModel> model_;
  std::unique_ptr<RolloutBackend> backend_;
};

/// What decides a result: the settings, the problems, the model's run.
std::string fingerprint(const CompareConfig& config, const ArmConfig& arm, int64_t seed, const TrainConfig& test) {
  Json out;
  out["config"] = digest128_hex(to_json(test).dump());
  out["problems"] = digest128_hex(read_file(test.eval.file));
  out["model"] = final_model(config, arm, seed);
  const fs::path run = fs::path(final_model(config, arm, seed)).parent_path() / "cost.json";
  const bool made_here = arm.kind != ArmKind::prompt || config.base_by_seed();
  out["run"] = made_here ? digest128_hex(read_file(run)) : "";
  out["reasoning_pattern"] = config.reasoning_pattern;
  out["kl_problems"] = config.kl_problems;
  return out.dump(2);
}

ProblemResult result_of(const EvalRecord& record, const std::optional<Pattern>& reasoning) {
  ProblemResult out{record.problem_id, record.task, record.prompt, record.reference, record.text, record.accuracy};
  const auto n = static_cast<double>(std::max<std::size_t>(1, record.samples.size()));
  for (const EvalSample& s : record.samples) {
    std::string why;
    out.tokens += static_cast<double>(s.tokens) / n;
    out.truncated += (s.truncated ? 1.0 : 0.0) / n;
    if (reasoning && reasoning->match(s.text, why) == Pattern::Match::yes) out.reasoning += 1.0 / n;
  }
  return out;
}

std::vector<ProblemResult> test_on_set(const CompareConfig& config, const TrainConfig& test, int64_t seed, LazyModel& lazy, const std::atomic<bool>& stop) {
  std::optional<Pattern> reasoning;
  if (!config.reasoning_pattern.empty()) reasoning.emplace(config.reasoning_pattern, Pattern::Part::search);
  const auto problems = load_problems(test, lazy.model(), test.eval.file, 0);
  const auto rewarder = make_rewarder(test);
  EvalOptions options;
  options.seed = static_cast<uint64_t>(seed);
  options.num_generations = static_cast<int32_t>(test.eval.num_generations);
  options.params = test.sampling_params();
  options.params.temperature = test.eval.temperature;
  std::vector<ProblemResult> out;
  for (const EvalRecord& r : evaluate(problems, lazy.source(), *rewarder, options, &stop).records) out.push_back(result_of(r, reasoning));
  return out;
}

void write_lines(const fs::path& file, const std::vector<ProblemResult>& results) {
  std::string lines;
  for (const ProblemResult& r : results) lines += problem_result_line(r) + "\n";
  write_file_atomic(file, lines);
}

KlResult read_kl(const fs::path& file) {
  const Json j = read_json_file(file);
  return {j.at("completions"), j.at("tokens"), j.at("kl"), j.at("per_token"), j.at("per_sequence")};
}

KlResult kl_of_samples(const CompareConfig& config, const ArmConfig& arm, int64_t seed, const TrainConfig& test, const std::atomic<bool>& stop) {
  std::vector<std::vector<float>> of_model, of_base;
  std::vector<std::vector<int32_t>> sequences;
  std::vector<std::size_t> prompt_lengths;
  {
    LazyModel lazy(final_model(config, arm, seed), test);
    const auto problems = load_problems(test, lazy.model(), test.eval.file, config.kl_problems);
    SamplingParams params = test.sampling_params();
    params.temperature = 1.0;  // the divergence is that of the models' own distributions
    params.top_k = 0, params.top_p = 1.0, params.min_p = 0.0, params.repetition_penalty = 1.0;
    std::vector<RolloutRequest> requests;
    for (std::size_t i = 0; i < problems.size(); ++i)
      requests.push_back({std::to_string(i), {static_cast<uint64_t>(seed), kKlStep, static_cast<uint32_t>(i)}, problems[i].prompt_token_ids, 1, params});
    sequences.resize(requests.size());
    of_model.resize(requests.size());
    for (const RolloutRequest& r : requests) prompt_lengths.push_back(r.prompt_token_ids.size());
    lazy.source().generate(requests, [&](std::size_t i, RolloutResult result) {
      const Completion& c = result.completions.front();
      sequences[i] = requests[i].prompt_token_ids;
      sequences[i].insert(sequences[i].end(), c.token_ids.begin(), c.token_ids.end());
      of_model[i] = c.logprobs;
    }, &stop);
  }
  if (stop) throw Error(ErrorCode::cancelled, "stopped");
  const OpenModel base = open_model(base_model(config, seed));
  ThreadPool pool(static_cast<int>(test.threads));
  Generator generator(base.folder.config, base.tokenizer.get(), pool);
  generator.load_weights(load_weights(base.folder).views(), 1);
  const auto scores = generator.logprobs(sequences);  // element t is of token t + 1
  for (std::size_t i = 0; i < sequences.size(); ++i)
    of_base.emplace_back(scores[i].begin() + static_cast<std::ptrdiff_t>(prompt_lengths[i]) - 1, scores[i].end());
  return kl_result(of_model, of_base);
}

}  // namespace

KlResult kl_result(const std::vector<std::vector<float>>& model, const std::vector<std::vector<float>>& base) {
  HONE_CHECK(model.size() == base.size(), "completions of the two models");
  KlResult out;
  for (std::size_t i = 0; i < model.size(); ++i) {
    HONE_CHECK(model[i].size() == base[i].size(), "tokens of a completion");
    out.completions += 1;
    for (std::size_t t = 0; t < model[i].size(); ++t) {
      const double d = static_cast<double>(model[i][t]) - static_cast<double>(base[i][t]);
      out.tokens += 1;
      out.kl += std::exp(-d) - 1.0 + d;
      out.per_token += d;
    }
  }
  out.per_sequence = out.completions > 0 ? out.per_token / static_cast<double>(out.completions) : 0.0;
  const double tokens = std::max(1.0, static_cast<double>(out.tokens));
  out.kl /= tokens;
  out.per_token /= tokens;
  return out;
}

std::vector<std::vector<ProblemResult>> test_model(const CompareConfig& config, const ArmConfig& arm, int64_t seed, const std::atomic<bool>& stop) {
  const fs::path folder = eval_folder(config, arm, seed);
  LazyModel lazy(final_model(config, arm, seed), eval_config_of(config, arm, nullptr));
  std::vector<std::vector<ProblemResult>> out;
  for (const EvalSetConfig& set : config.sets) {
    const TrainConfig test = eval_config_of(config, arm, &set);
    const fs::path file = folder / (set.id + ".jsonl");
    check_fingerprint(folder / (set.id + ".stage.json"), fingerprint(config, arm, seed, test), arm.name + " on " + set.name);
    if (!fs::exists(file)) {
      write_lines(file, test_on_set(config, test, seed, lazy, stop));
      log_info("tested ", arm.name, ", seed ", seed, " on ", set.name);
    }
    out.push_back(read_problem_results(file));
  }
  return out;
}

KlResult measure_kl(const CompareConfig& config, const ArmConfig& arm, int64_t seed, const std::atomic<bool>& stop) {
  const fs::path folder = eval_folder(config, arm, seed), file = folder / "kl.json";
  const TrainConfig test = eval_config_of(config, arm, &config.held_out());
  check_fingerprint(folder / "kl.stage.json", fingerprint(config, arm, seed, test), "the divergence of " + arm.name);
  if (!fs::exists(file)) {
    const KlResult r = kl_of_samples(config, arm, seed, test, stop);
    const OrderedJson out{{"completions", r.completions}, {"tokens", r.tokens}, {"kl", r.kl}, {"per_token", r.per_token}, {"per_sequence", r.per_sequence}};
    write_file_atomic(file, out.dump(2) + "\n");
  }
  return read_kl(file);
}

std::string problem_result_line(const ProblemResult& r) {
  OrderedJson out;
  out["problem"] = r.id;
  out["group"] = r.group;
  out["prompt"] = r.prompt;
  out["reference"] = r.reference;
  out["completion"] = r.completion;
  out["accuracy"] = r.accuracy;
  out["tokens"] = r.tokens;
  out["truncated"] = r.truncated;
  out["reasoning"] = r.reasoning;
  return dump_line(out);
}

std::vector<ProblemResult> read_problem_results(const fs::path& file) {
  std::vector<ProblemResult> out;
  for_each_jsonl(file, [&](const Json& row, std::size_t line) {
    try {
      out.push_back({row.at("problem"), row.at("group"), row.at("prompt"), row.at("reference"), row.at("completion"), row.at("accuracy"),
                     row.at("tokens"), row.at("truncated"), row.at("reasoning")});
    } catch (const Json::exception& e) {
      throw Error(ErrorCode::data_loss, file.string() + ":" + std::to_string(line) + ": not a result: " + e.what());
    }
  });
  return out;
}

}  // namespace hone
