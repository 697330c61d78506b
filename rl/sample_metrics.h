// What several samples of each problem say beyond their mean: pass@k, maj@k, best-of-k, lengths of right and wrong answers. Every value
// at k is the exact mean over all subsets of k of a problem's samples (no draw), then the mean over problems, with a 95 % bootstrap
// interval over problems. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rl/evaluator.h"
#include "rl/statistics.h"

namespace hone {

struct Estimate {
  double mean = 0.0;
  Interval interval;
};

struct SampleMetrics {
  struct AtK {
    int64_t k = 0;
    int64_t problems = 0;  // with at least k scored samples; the others are left out
    Estimate pass;         // one of k is right (Chen et al. 2021)
    Estimate majority;     // the most frequent answer of k is right, ties shared (Wang et al. 2022)
    Estimate best;         // the one of k that `select_by` puts first is right
  };
  std::vector<AtK> at;  // k = 1, 2, 4, ... up to the samples of a problem
  double mean_length_right = 0.0, mean_length_wrong = 0.0;  // tokens; NaN when there is none
  Estimate truncated;   // share of samples cut off by the length limit: Wilson interval
};

/// `select_by`: "logprob" = mean log-probability a token, or the name of a reward function of the records. A vote is the number that
/// answer extraction finds in a sample (lenient), else its text without white space around it; all right answers of a problem count as
/// one answer. Throws invalid_argument when `records` is empty or `select_by` names no function of theirs.
SampleMetrics sample_metrics(const std::vector<EvalRecord>& records, const std::string& select_by, uint64_t seed);

/// The chance that the best of k of the samples is right, over all subsets: `scores` decide (the earlier one among equals).
double best_of_k(const std::vector<double>& scores, const std::vector<bool>& right, int64_t k);

}  // namespace hone
