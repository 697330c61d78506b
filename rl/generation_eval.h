// Held-out evaluation by generation during a run: the problems of eval.file, answered and scored, into metrics.jsonl and
// eval-NNNNNN.jsonl. Shared by `hone train` and `hone sft`. Thread rule: one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "rl/config.h"
#include "rl/evaluator.h"
#include "rl/metrics.h"
#include "rl/run_folder.h"
#include "rl/session.h"

namespace hone {

class GenerationEval {
 public:
  /// Reads and tokenizes eval.file; without one there is nothing to do (empty()). Errors as read_problems and tokenize_problems.
  GenerationEval(const TrainConfig& config, const OpenModel& model);
  bool empty() const { return problems_.empty(); }
  const std::vector<TokenizedProblem>& problems() const { return problems_; }

  /// Evaluates at `step` (`all`: every problem, else eval.limit of them), appends eval/... to `metrics`, writes the records file and
  /// a log line.
  EvalSummary run(RolloutSource& source, Rewarder& rewarder, int64_t step, bool all, const std::atomic<bool>* cancel, RunFolder& folder,
                  Metrics& metrics) const;

 private:
  EvalOptions options_;
  int64_t limit_;
  std::vector<TokenizedProblem> problems_;
};

}  // namespace hone
