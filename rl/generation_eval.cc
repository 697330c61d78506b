#include "rl/generation_eval.h"

#include <cmath>

#include "proto/base/file.h"
#include "proto/base/format.h"
#include "proto/base/log.h"

namespace hone {

GenerationEval::GenerationEval(const TrainConfig& config, const OpenModel& model) : limit_(config.eval.limit) {
  options_.seed = static_cast<uint64_t>(config.run.seed);
  options_.num_generations = static_cast<int32_t>(config.eval.num_generations);
  options_.params = config.sampling_params();
  options_.params.temperature = config.eval.temperature;
  if (!config.eval.file.empty()) problems_ = load_problems(config, model, config.eval.file, 0);
}

EvalSummary GenerationEval::run(RolloutSource& source, Rewarder& rewarder, int64_t step, bool all, const std::atomic<bool>* cancel,
                                RunFolder& folder, Metrics& metrics) const {
  EvalOptions options = options_;
  options.step = static_cast<uint32_t>(step);
  options.limit = all ? 0 : limit_;
  const EvalResult result = evaluate(problems_, source, rewarder, options, cancel);
  const EvalSummary& s = result.summary;
  metrics.set("eval/accuracy", s.accuracy);
  metrics.set("eval/accuracy_low", s.low);
  metrics.set("eval/accuracy_high", s.high);
  metrics.set("eval/reward", s.reward);
  metrics.set_integer("eval/problems", s.problems);
  metrics.set("eval/completions/mean_length", s.mean_length);
  metrics.set("eval/completions/clipped_ratio", s.truncated);
  for (const auto& [name, task] : s.tasks)
    if (!name.empty()) metrics.set("eval/accuracy/" + name, task.accuracy);
  const std::string file = format("eval-%06ld.jsonl", static_cast<long>(step));
  std::string lines;
  for (const EvalRecord& r : result.records) lines += eval_record_line(r) + "\n";
  write_file_atomic(folder.path() / file, lines);
  log_info("evaluation at step ", step, ": accuracy ", accuracy_text(s), " of ", s.problems, " problems, length ",
           std::round(10 * s.mean_length) / 10);
  return s;
}

}  // namespace hone
