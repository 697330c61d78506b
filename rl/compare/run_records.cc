// read_curve and read_examples of rl/compare/results.h: what a run folder's metrics and evaluation records say.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rl/compare/results.h"
#include "rl/evaluator.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

/// eval-000040.jsonl -> 40; the run's evaluations in order of steps.
std::map<int64_t, fs::path> evaluation_files(const fs::path& run) {
  std::map<int64_t, fs::path> out;
  for (const auto& entry : fs::directory_iterator(run)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("eval-") && name.ends_with(".jsonl")) out[std::stoll(name.substr(5))] = entry.path();
  }
  return out;
}

double mean_accuracy(const std::vector<EvalRecord>& records) {
  double sum = 0.0;
  for (const EvalRecord& r : records) sum += r.accuracy;
  return sum / static_cast<double>(std::max<std::size_t>(1, records.size()));
}

/// The last evaluation, one before the first step, and of those between them the one whose accuracy is nearest half-way from the first's to
/// the last's: the middle of the learning, which is rarely the middle of the steps.
std::set<int64_t> shown_steps(const std::map<int64_t, std::vector<EvalRecord>>& evaluations) {
  std::set<int64_t> steps;
  if (evaluations.empty()) return steps;
  const int64_t last = evaluations.rbegin()->first;
  const double half_way = 0.5 * (mean_accuracy(evaluations.begin()->second) + mean_accuracy(evaluations.rbegin()->second));
  std::optional<std::pair<double, int64_t>> nearest;
  for (const auto& [step, records] : evaluations) {
    if (step == 0 || step == last) steps.insert(step);
    else if (const double distance = std::abs(mean_accuracy(records) - half_way); !nearest || distance < nearest->first) nearest = {distance, step};
  }
  if (nearest) steps.insert(nearest->second);
  return steps;
}

}  // namespace

Curve read_curve(const fs::path& run, int64_t seed, Currency currency, double spent_before) {
  Curve curve;
  curve.seed = seed;
  const std::string key = "cost/" + std::string(to_string(currency));
  for_each_jsonl(run / "metrics.jsonl", [&](const Json& row, std::size_t) {
    const auto accuracy = row.find("eval/accuracy"), length = row.find("eval/completions/mean_length"), spent = row.find(key);
    if (accuracy == row.end() || spent == row.end() || !spent->is_number()) return;
    curve.spent.push_back(spent_before + spent->get<double>());
    curve.accuracy.push_back(accuracy->get<double>());
    curve.length.push_back(length == row.end() ? 0.0 : length->get<double>());
  });
  return curve;
}

/// The first problems of the file: a choice would flatter. Before, half-way, and after.
std::vector<Example> read_examples(const fs::path& run, int64_t count) {
  std::vector<Example> out;
  std::map<int64_t, std::vector<EvalRecord>> evaluations;
  if (count > 0)
    for (const auto& [step, file] : evaluation_files(run)) evaluations[step] = read_eval_records(file.string());
  for (const int64_t step : shown_steps(evaluations)) {
    const std::vector<EvalRecord>& records = evaluations.at(step);
    const std::size_t shown = std::min(records.size(), static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < shown; ++i) {
      const EvalRecord& r = records[i];
      if (out.size() <= i) out.push_back({"", 0, r.prompt, r.reference, {}});
      if (out[i].prompt == r.prompt) out[i].answers.push_back({step, r.text, r.accuracy > 0.5});
    }
  }
  return out;
}

}  // namespace hone
