#include "rl/evaluator.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <tuple>

#include "proto/base/error.h"
#include "proto/base/format.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rl/pipeline.h"
#include "rl/right_score.h"
#include "rl/statistics.h"

namespace hone {
namespace {

constexpr int kBootstrapDraws = 10000;

/// Share of right completions of one problem; skipped and failed ones do not count.
double problem_accuracy(const Group& group) {
  double right = 0.0, scored = 0.0;
  for (const Completion& c : group.completions) {
    if (c.reward.outcome != Outcome::scored) continue;
    scored += 1.0;
    if (is_right(c.reward)) right += 1.0;
  }
  return scored > 0 ? right / scored : 0.0;
}

EvalSample sample_of(const Completion& c) {
  EvalSample out;
  out.text = c.text;
  out.scored = c.reward.outcome == Outcome::scored;
  out.right = is_right(c.reward);
  out.truncated = c.finish_reason == FinishReason::length;
  out.tokens = static_cast<int64_t>(c.token_ids.size());
  for (const float logprob : c.logprobs) out.mean_logprob += static_cast<double>(logprob);
  out.mean_logprob /= std::max(1.0, static_cast<double>(c.logprobs.size()));
  for (const RewardComponent& part : c.reward.components) out.components.emplace_back(part.name, part.score);
  return out;
}

/// Mean and its 95 % interval.
std::tuple<double, double, double> mean_accuracy(const std::vector<double>& accuracies, const EvalOptions& options) {
  const auto count = static_cast<double>(accuracies.size());
  const double mean = std::accumulate(accuracies.begin(), accuracies.end(), 0.0) / count;
  const Interval interval = options.num_generations == 1
                                ? wilson_interval(std::llround(mean * count), static_cast<int64_t>(accuracies.size()), 0.95)
                                : mean_interval(accuracies, options.seed);
  return {mean, interval.low, interval.high};
}

}  // namespace

Interval mean_interval(const std::vector<double>& values, uint64_t seed) {
  const std::vector<double> zeros(values.size(), 0.0);
  return paired_bootstrap(zeros, values, 0.95, kBootstrapDraws, seed).interval;
}

EvalResult evaluate(const std::vector<TokenizedProblem>& problems, RolloutSource& source, Rewarder& rewarder,
                    const EvalOptions& options, const std::atomic<bool>* cancel) {
  const auto start = std::chrono::steady_clock::now();
  std::size_t count = problems.size();
  if (options.limit > 0) count = std::min(count, static_cast<std::size_t>(options.limit));
  std::vector<uint32_t> indices(count);
  std::iota(indices.begin(), indices.end(), 0u);
  CollectStats stats;
  EvalResult result = evaluation_of(collect_groups({problems, indices, options.seed, kEvalStepBase + options.step, options.num_generations, options.params},
                                                   source, rewarder, cancel, stats),
                                    options);
  result.summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

EvalResult evaluation_of(std::vector<Group> groups, const EvalOptions& options) {
  EvalResult result;
  EvalSummary& s = result.summary;
  std::vector<double> accuracies, lenient;
  double completions = 0.0, scored = 0.0;
  for (Group& group : groups) {
    const double accuracy = problem_accuracy(group);
    accuracies.push_back(accuracy);
    auto& task = s.tasks[group.problem.task];
    task.problems += 1;
    task.accuracy += accuracy;
    for (const Completion& c : group.completions) {
      completions += 1.0;
      s.mean_length += static_cast<double>(c.token_ids.size());
      if (c.finish_reason == FinishReason::length) s.truncated += 1.0;
      if (c.reward.outcome == Outcome::scored) {
        scored += 1.0;
        s.reward += c.reward.score;
      }
    }
    result.records.push_back({group.problem.id, group.problem.task, group.problem.prompt, group.problem.reference,
                              group.completions.front().text, accuracy, {}, std::nullopt});
    EvalRecord& record = result.records.back();
    for (const Completion& c : group.completions) record.samples.push_back(sample_of(c));
    if (options.lenient == nullptr) continue;
    options.lenient->score(group);
    record.lenient_accuracy = problem_accuracy(group);
    lenient.push_back(*record.lenient_accuracy);
  }
  s.problems = static_cast<int64_t>(groups.size());
  s.reward = scored > 0 ? s.reward / scored : 0.0;
  s.mean_length /= std::max(1.0, completions);
  s.truncated /= std::max(1.0, completions);
  for (auto& [name, task] : s.tasks) task.accuracy /= static_cast<double>(task.problems);
  std::tie(s.accuracy, s.low, s.high) = mean_accuracy(accuracies, options);
  if (options.lenient != nullptr) {
    s.lenient.emplace();
    std::tie(s.lenient->accuracy, s.lenient->low, s.lenient->high) = mean_accuracy(lenient, options);
  }
  return result;
}

std::string accuracy_text(const EvalSummary& s) {
  return accuracy_text(s.accuracy, s.low, s.high);
}

std::string accuracy_text(double accuracy, double low, double high) {
  return format("%.1f %% [%.1f, %.1f]", 100 * accuracy, 100 * low, 100 * high);
}

PairedComparison compare_paired(const std::vector<EvalRecord>& before, const std::vector<EvalRecord>& after, uint64_t seed) {
  std::map<std::string, double> first;
  for (const EvalRecord& r : before) first[r.problem_id] = r.accuracy;
  if (first.size() != before.size() || before.size() != after.size() || before.empty())
    throw Error(ErrorCode::invalid_argument, "paired comparison: the two evaluations must hold the same problems, each once (" +
                                                 std::to_string(before.size()) + " and " + std::to_string(after.size()) + ")");
  PairedComparison out;
  std::vector<double> differences;
  for (const EvalRecord& r : after) {
    const auto it = first.find(r.problem_id);
    if (it == first.end())
      throw Error(ErrorCode::invalid_argument, "paired comparison: problem " + r.problem_id + " is only in the second evaluation");
    const double d = r.accuracy - it->second;
    differences.push_back(d);
    if (d > 0) ++out.fixed;
    if (d < 0) ++out.broken;
  }
  out.difference = std::accumulate(differences.begin(), differences.end(), 0.0) / static_cast<double>(differences.size());
  const Interval interval = mean_interval(differences, seed);
  out.low = interval.low;
  out.high = interval.high;
  out.mcnemar_p = mcnemar_exact(out.fixed, out.broken);
  return out;
}

std::string eval_record_line(const EvalRecord& r) {
  OrderedJson out;
  out["problem"] = r.problem_id;
  out["task"] = r.task;
  out["prompt"] = r.prompt;
  out["reference"] = r.reference;
  out["completion"] = r.text;
  out["accuracy"] = r.accuracy;
  if (r.lenient_accuracy) out["lenient_accuracy"] = *r.lenient_accuracy;
  return dump_line(out);
}

std::vector<EvalRecord> read_eval_records(const std::string& file) {
  std::vector<EvalRecord> out;
  for_each_jsonl(file, [&](const Json& row, std::size_t line) {
    try {
      out.push_back({row.at("problem"), row.at("task"), row.at("prompt"), row.at("reference"), row.at("completion"), row.at("accuracy"), {}, std::nullopt});
      if (row.contains("lenient_accuracy")) out.back().lenient_accuracy = row.at("lenient_accuracy");
    } catch (const Json::exception& e) {
      throw Error(ErrorCode::invalid_argument, file + ":" + std::to_string(line) + ": not an evaluation record: " + e.what());
    }
  });
  return out;
}

}  // namespace hone
