// read_curve and read_examples of rl/compare/results.h: what a run folder's metrics and evaluation records say.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rl/compare/results.h"
#include "rl/evaluator.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

/// eval-000040.jsonl -> 40; the run's evaluations in order of steps.
std::map<int64_t, fs::path> evaluations(const fs::path& run) {
  std::map<int64_t, fs::path> out;
  for (const auto& entry : fs::directory_iterator(run)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("eval-") && name.ends_with(".jsonl")) out[std::stoll(name.substr(5))] = entry.path();
  }
  return out;
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

/// The first problems of the file: a choice would flatter. Before, at the middle evaluation, and after.
std::vector<Example> read_examples(const fs::path& run, int64_t count) {
  const std::map<int64_t, fs::path> files = evaluations(run);
  std::vector<Example> out;
  if (files.empty() || count == 0) return out;
  std::set<int64_t> steps{files.rbegin()->first};
  if (files.begin()->first == 0) steps.insert(0);
  if (files.size() > 2 || !steps.contains(0)) steps.insert(std::next(files.begin(), static_cast<std::ptrdiff_t>((files.size() - 1) / 2))->first);
  for (const int64_t step : steps) {
    const std::vector<EvalRecord> records = read_eval_records(files.at(step).string());
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
