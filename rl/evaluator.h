// Held-out evaluation: generate, score, count. Accuracy is the share of completions whose reward is at least 1 - 1e-9, with a 95 %
// Wilson interval when each problem has one completion (bootstrap over problems otherwise).
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/trace.h"
#include "rewards/rewarder.h"
#include "rl/dataset.h"
#include "rl/statistics.h"
#include "rollout/rollout_source.h"

namespace hone {

struct EvalSummary {
  int64_t problems = 0;
  double reward = 0.0;    // mean over scored completions
  double accuracy = 0.0;  // mean over problems of the share of right completions
  double low = 0.0, high = 0.0;  // 95 % interval of accuracy
  double mean_length = 0.0;
  double truncated = 0.0;        // share that hit the length limit
  double seconds = 0.0;
  struct Task {
    int64_t problems = 0;
    double accuracy = 0.0;
  };
  std::map<std::string, Task> tasks;
  struct Lenient {
    double accuracy = 0.0;
    double low = 0.0, high = 0.0;
  };
  std::optional<Lenient> lenient;  // the same completions by EvalOptions.lenient
};

/// One completion, as the metrics of several samples need it.
struct EvalSample {
  std::string text;
  bool scored = false, right = false, truncated = false;
  int64_t tokens = 0;
  double mean_logprob = 0.0;  // nats a token
  std::vector<std::pair<std::string, double>> components;  // of the reward, by function
};

struct EvalRecord {
  std::string problem_id;
  std::string task;
  std::string prompt;
  std::string reference;
  std::string text;   // of the first completion
  double accuracy = 0.0;
  std::vector<EvalSample> samples;  // in sample order; not written to files
  std::optional<double> lenient_accuracy;
};

struct EvalResult {
  EvalSummary summary;
  std::vector<EvalRecord> records;  // one a problem, in file order
};

struct EvalOptions {
  uint64_t seed = 0;
  uint32_t step = 0;
  int32_t num_generations = 1;
  SamplingParams params;
  int64_t limit = 0;  // problems; 0 = all
  Rewarder* lenient = nullptr;  // judges the same completions once more
};

EvalResult evaluate(const std::vector<TokenizedProblem>& problems, RolloutSource& source, Rewarder& rewarder,
                    const EvalOptions& options, const std::atomic<bool>* cancel);

/// The same of groups that are generated and scored already.
EvalResult evaluation_of(std::vector<Group> groups, const EvalOptions& options);

/// 95 % bootstrap interval of a mean over problems.
Interval mean_interval(const std::vector<double>& values, uint64_t seed);

/// "63.5 % [56.6, 69.9]"
std::string accuracy_text(const EvalSummary& summary);
std::string accuracy_text(double accuracy, double low, double high);

struct PairedComparison {
  int64_t fixed = 0, broken = 0;  // wrong -> right, right -> wrong
  double difference = 0.0;        // after - before
  double low = 0.0, high = 0.0;   // paired bootstrap over problems, 95 %
  double mcnemar_p = 1.0;         // exact, two-sided
};
/// Pairs by problem id; throws invalid_argument when the sets differ.
PairedComparison compare_paired(const std::vector<EvalRecord>& before, const std::vector<EvalRecord>& after, uint64_t seed);

/// One JSON object a line, for files beside metrics.jsonl (eval-000000.jsonl).
std::string eval_record_line(const EvalRecord& record);
std::vector<EvalRecord> read_eval_records(const std::string& file);

}  // namespace hone
