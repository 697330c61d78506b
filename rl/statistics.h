// Statistics of evaluation: estimators, intervals and paired tests.
// Every function throws invalid_argument, naming the argument and its limits, for arguments outside its domain
// (counts above 2^30 too).
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

/// Unbiased pass@k (Chen et al. 2021, arXiv:2107.03374): 1 - C(n-c, k) / C(n, k), the chance that k of n samples, c of
/// them correct, hold a correct one. 0 <= c <= n, 1 <= k <= n.
double pass_at_k(int64_t n, int64_t c, int64_t k);

/// The vote of self-consistency (Wang et al. 2022, arXiv:2203.11171). nullopt = no answer, not a vote.
struct MajorityVote {
  std::vector<std::string> winners;  // most frequent answers in order of first appearance; empty if nobody voted
  int64_t votes = 0;                 // that each winner has

  /// 1 if the winner seen first is `gold`, else 0.
  double first_seen(std::string_view gold) const;
  /// gold's share among the tied winners: the expected result of a tie broken at random.
  double tie_share(std::string_view gold) const;
};
MajorityVote majority_vote(std::span<const std::optional<std::string>> answers);

/// maj@k: the mean of tie_share over all subsets of k answers, exactly, by counting. 1 <= k <= answers, at most 1000
/// answers.
double majority_at_k(std::span<const std::optional<std::string>> answers, std::string_view gold, int64_t k);

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

/// Two-sided intervals of a proportion, c successes of n >= 1 trials; confidence in (0, 1).
Interval wilson_interval(int64_t c, int64_t n, double confidence);  // Wilson 1927
Interval wilson_corrected_interval(int64_t c, int64_t n,
                                   double confidence);  // with continuity correction, Newcombe 1998
Interval clopper_pearson_interval(int64_t c, int64_t n, double confidence);  // exact, 1934

/// Exact two-sided McNemar test on pairs: `only_first` were right only with the first model, `only_second` only with
/// the second. Returns the probability of a split at least as uneven if both models were equally good.
double mcnemar_exact(int64_t only_first, int64_t only_second);

struct PairedDifference {
  double mean = 0.0;  // of second - first
  Interval interval;  // percentile bootstrap (Efron 1979)
};

/// Mean of second[i] - first[i] with a bootstrap interval over the pairs, a pure function of its arguments.
/// Same length >= 1, finite values, 1 <= resamples <= 1e6.
PairedDifference paired_bootstrap(std::span<const double> first, std::span<const double> second, double confidence,
                                  int64_t resamples, uint64_t seed);

}  // namespace hone
