// The final evaluation of one model: every problem set, and the divergence from the base, each kept in a file so that a stopped
// comparison goes on where it was.
//
//   EVAL/<set>.jsonl   one problem a line (ProblemResult)
//   EVAL/kl.json       KlResult
//
// Thread rule: one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "rl/compare/config.h"

namespace hone {

/// One problem of one set, means over its completions.
struct ProblemResult {
  std::string id, group;
  std::string prompt, reference, completion;  // the first completion
  double accuracy = 0.0;
  double tokens = 0.0;
  double truncated = 0.0;
  double reasoning = 0.0;  // share of completions in which eval.reasoning_pattern is found
};

/// How far the model has moved from its base on the new task: on its own samples at temperature 1, at every sampled token t,
/// d = log p_model(t) - log p_base(t).
struct KlResult {
  int64_t completions = 0, tokens = 0;
  double kl = 0.0;           // mean of exp(-d) - 1 + d, nats a token (the k3 estimate, as the metric `kl` of hone train)
  double per_token = 0.0;    // mean of d: the same quantity without k3's variance reduction
  double per_sequence = 0.0; // mean over completions of their sum of d, nats
};
/// From the two log-probabilities of each token of each completion.
KlResult kl_result(const std::vector<std::vector<float>>& model, const std::vector<std::vector<float>>& base);

/// Tests (or reads what an earlier call tested) the final model of `arm` and `seed` on all sets: [set][problem].
std::vector<std::vector<ProblemResult>> test_model(const CompareConfig& config, const ArmConfig& arm, int64_t seed, const std::atomic<bool>& stop);

/// The divergence of a trained arm from its base on the first held-out set.
KlResult measure_kl(const CompareConfig& config, const ArmConfig& arm, int64_t seed, const std::atomic<bool>& stop);

std::string problem_result_line(const ProblemResult& result);
std::vector<ProblemResult> read_problem_results(const std::filesystem::path& file);

}  // namespace hone
