// Accuracy against tokens spent at inference: by samples (a vote of k, the best of k) and by length (budget forcing, extensions).
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "rl/budget_forcing.h"
#include "rl/sample_metrics.h"

namespace hone {

struct ComputePoint {
  int64_t setting = 0;  // k, the budget in tokens, or the extensions
  double tokens = 0.0;  // mean tokens a problem, of all its samples that count
  Estimate accuracy;
};

struct ComputeSeries {
  std::string name;     // "maj@k", "best@k", "budget", "extensions"
  std::string setting;  // "k", "tokens", "extensions"
  std::vector<ComputePoint> points;
};

/// From the samples of one plain evaluation: k samples cost k times the mean length of one.
std::vector<ComputeSeries> sample_series(const EvalSummary& summary, const SampleMetrics& metrics);

/// By length: each of `budgets`, and 1 to `max_extensions` extensions at the longest one. Scores with `rewarder`.
std::vector<ComputeSeries> length_series(BudgetForcer& forcer, const std::vector<int64_t>& budgets, int64_t max_extensions, Rewarder& rewarder,
                                         const EvalOptions& options);

std::string compute_curve_text(const std::vector<ComputeSeries>& curve);
nlohmann::ordered_json compute_curve_json(const std::vector<ComputeSeries>& curve);
std::string compute_curve_svg(const std::vector<ComputeSeries>& curve, const std::string& title);

}  // namespace hone
