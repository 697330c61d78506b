#include "rl/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <numbers>

#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/base/random.h"

namespace hone {

namespace {

constexpr int64_t kMaxVotes = 1000;  // C(1000, 500) still fits a double
constexpr int64_t kMaxResamples = 1'000'000;
constexpr int64_t kMaxTrials = int64_t{1} << 30;  // beta_fraction needs about sqrt(n) terms

void require(bool condition, const std::string& message) {
  if (!condition) throw Error(ErrorCode::invalid_argument, message);
}

void require_proportion(const char* function, int64_t c, int64_t n, double confidence) {
  require(n >= 1 && n <= kMaxTrials && c >= 0 && c <= n,
          join(function, ": ", c, " of ", n, "; 0 <= c <= n and 1 <= n <= ", kMaxTrials, " are needed"));
  require(confidence > 0.0 && confidence < 1.0, join(function, ": confidence ", confidence, " must be in (0, 1)"));
}

double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);  // std::lgamma writes a global
}

/// Continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22), good for x < (a + 1) / (a + b +
/// 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  const auto away_from_zero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1.0;
  double d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
  double value = d;
  for (int64_t step = 1; step < 200'000; ++step) {
    const auto m = static_cast<double>(step);
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1.0 / away_from_zero(1.0 + even * d);
    c = away_from_zero(1.0 + even / c);
    value *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1.0 / away_from_zero(1.0 + odd * d);
    c = away_from_zero(1.0 + odd / c);
    value *= d * c;
    if (std::abs(d * c - 1.0) < 1e-16) break;
  }
  return value;
}

/// Regularised incomplete beta function I_x(a, b).
double incomplete_beta(double a, double b, double x) {
  if (x <= 0.0) return 0.0;
  if (x >= 1.0) return 1.0;
  const double front = std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1.0) / (a + b + 2.0)) return front * beta_fraction(a, b, x) / a;
  return 1.0 - front * beta_fraction(b, a, 1.0 - x) / b;
}

/// x with I_x(a, b) = p, by bisection down to neighbouring doubles.
double inverse_incomplete_beta(double a, double b, double p) {
  double low = 0.0;
  double high = 1.0;
  for (;;) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) return middle;
    (incomplete_beta(a, b, middle) < p ? low : high) = middle;
  }
}

/// z with P(N(0, 1) <= z) = 1 - tail, for tail in (0, 0.5], by bisection.
double normal_upper_quantile(double tail) {
  double low = 0.0;
  double high = 40.0;
  for (;;) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) return middle;
    (0.5 * std::erfc(middle / std::numbers::sqrt2) > tail ? low : high) = middle;
  }
}

/// C(n, 0..n).
std::vector<double> binomials(int64_t n) {
  std::vector<double> row(static_cast<std::size_t>(n) + 1, 1.0);
  for (int64_t i = 1; i <= n; ++i) {
    row[static_cast<std::size_t>(i)] =
        row[static_cast<std::size_t>(i - 1)] * static_cast<double>(n - i + 1) / static_cast<double>(i);
  }
  return row;
}

/// ways[v][t]: number of choices of v votes among the answers seen so far, t of them with exactly the winning count.
using Ways = std::vector<std::vector<double>>;

/// Adds an answer with `count` votes of which at most `most` may be chosen; exactly `most` chosen adds a tie.
Ways add_answer(const Ways& ways, int64_t count, int64_t most, bool can_tie) {
  const std::vector<double> choose = binomials(count);
  const std::size_t ties = ways.front().size() + (can_tie && count >= most ? 1 : 0);
  Ways next(ways.size(), std::vector<double>(ties, 0.0));
  for (std::size_t v = 0; v < ways.size(); ++v) {
    for (std::size_t t = 0; t < ways[v].size(); ++t) {
      if (ways[v][t] == 0.0) continue;
      for (std::size_t x = 0; x <= static_cast<std::size_t>(std::min(count, most)) && v + x < ways.size(); ++x) {
        const bool tie = can_tie && x == static_cast<std::size_t>(most);
        next[v + x][t + (tie ? 1 : 0)] += ways[v][t] * choose[x];
      }
    }
  }
  return next;
}

double percentile(const std::vector<double>& sorted, double p) {
  const double position = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

double pass_at_k(int64_t n, int64_t c, int64_t k) {
  require(n >= 1 && n <= kMaxTrials && c >= 0 && c <= n,
          join("pass_at_k: ", c, " correct of ", n, "; 0 <= c <= n and 1 <= n <= ", kMaxTrials, " are needed"));
  require(k >= 1 && k <= n, join("pass_at_k: k ", k, " must be in [1, ", n, "]"));
  double all_wrong = 1.0;
  for (int64_t i = 0; i < k && all_wrong > 0.0; ++i) {
    all_wrong *= static_cast<double>(std::max<int64_t>(0, n - c - i)) / static_cast<double>(n - i);
  }
  return 1.0 - all_wrong;
}

double MajorityVote::first_seen(std::string_view gold) const {
  return !winners.empty() && winners.front() == gold ? 1.0 : 0.0;
}

double MajorityVote::tie_share(std::string_view gold) const {
  const bool wins = std::find(winners.begin(), winners.end(), gold) != winners.end();
  return wins ? 1.0 / static_cast<double>(winners.size()) : 0.0;
}

MajorityVote majority_vote(std::span<const std::optional<std::string>> answers) {
  std::map<std::string_view, int64_t> counts;
  MajorityVote vote;
  for (const auto& answer : answers) {
    if (answer) vote.votes = std::max(vote.votes, ++counts[*answer]);
  }
  for (const auto& answer : answers) {
    if (!answer) continue;
    const auto found = counts.find(*answer);
    if (found == counts.end() || found->second != vote.votes) continue;
    vote.winners.push_back(*answer);
    counts.erase(found);
  }
  return vote;
}

double majority_at_k(std::span<const std::optional<std::string>> answers, std::string_view gold, int64_t k) {
  const auto n = static_cast<int64_t>(answers.size());
  require(n <= kMaxVotes, join("majority_at_k: ", n, " answers; at most ", kMaxVotes, " are supported"));
  require(k >= 1 && k <= n, join("majority_at_k: k ", k, " must be in [1, ", n, "]"));
  int64_t silent = 0;
  std::map<std::string_view, int64_t> counts;
  for (const auto& answer : answers) answer ? ++counts[*answer] : ++silent;
  const auto found = counts.find(gold);
  if (found == counts.end()) return 0.0;
  const int64_t gold_count = found->second;
  counts.erase(found);

  const std::vector<double> choose_gold = binomials(gold_count);
  double sum = 0.0;
  for (int64_t most = 1; most <= std::min(gold_count, k); ++most) {  // gold wins with `most` votes
    const auto rest = static_cast<std::size_t>(k - most);
    Ways ways(rest + 1, std::vector<double>(1, 0.0));
    ways[0][0] = 1.0;
    ways = add_answer(ways, silent, silent, false);
    for (const auto& [answer, count] : counts) ways = add_answer(ways, count, most, true);
    for (std::size_t ties = 0; ties < ways[rest].size(); ++ties) {
      sum += choose_gold[static_cast<std::size_t>(most)] * ways[rest][ties] / static_cast<double>(ties + 1);
    }
  }
  return sum / binomials(n)[static_cast<std::size_t>(k)];
}

Interval wilson_interval(int64_t c, int64_t n, double confidence) {
  require_proportion("wilson_interval", c, n, confidence);
  const double z = normal_upper_quantile(0.5 * (1.0 - confidence));
  const auto trials = static_cast<double>(n);
  const double p = static_cast<double>(c) / trials;
  const double centre = (p + z * z / (2.0 * trials)) / (1.0 + z * z / trials);
  const double half = z * std::sqrt(p * (1.0 - p) / trials + z * z / (4.0 * trials * trials)) / (1.0 + z * z / trials);
  return {c == 0 ? 0.0 : centre - half, c == n ? 1.0 : centre + half};
}

Interval wilson_corrected_interval(int64_t c, int64_t n, double confidence) {
  require_proportion("wilson_corrected_interval", c, n, confidence);
  const double z = normal_upper_quantile(0.5 * (1.0 - confidence));
  const auto trials = static_cast<double>(n);
  const double p = static_cast<double>(c) / trials;
  const double q = 1.0 - p;
  const double centre = 2.0 * trials * p + z * z;
  const double divisor = 2.0 * (trials + z * z);
  const auto root = [z](double square) { return z * std::sqrt(std::max(0.0, square)); };
  const double below = 1.0 + root(z * z - 2.0 - 1.0 / trials + 4.0 * p * (trials * q + 1.0));
  const double above = 1.0 + root(z * z + 2.0 - 1.0 / trials + 4.0 * p * (trials * q - 1.0));
  return {c == 0 ? 0.0 : std::max(0.0, (centre - below) / divisor),
          c == n ? 1.0 : std::min(1.0, (centre + above) / divisor)};
}

Interval clopper_pearson_interval(int64_t c, int64_t n, double confidence) {
  require_proportion("clopper_pearson_interval", c, n, confidence);
  const double tail = 0.5 * (1.0 - confidence);
  const auto right = static_cast<double>(c);
  const auto wrong = static_cast<double>(n - c);
  return {c == 0 ? 0.0 : inverse_incomplete_beta(right, wrong + 1.0, tail),
          c == n ? 1.0 : 1.0 - inverse_incomplete_beta(wrong, right + 1.0, tail)};
}

double mcnemar_exact(int64_t only_first, int64_t only_second) {
  require(only_first >= 0 && only_second >= 0 && only_first <= kMaxTrials && only_second <= kMaxTrials,
          join("mcnemar_exact: counts ", only_first, " and ", only_second, " must be in [0, ", kMaxTrials, "]"));
  if (only_first == only_second) return 1.0;
  const auto fewer = static_cast<double>(std::min(only_first, only_second));
  const auto more = static_cast<double>(std::max(only_first, only_second));
  // P(Binomial(fewer + more, 1/2) <= fewer) = I_{1/2}(more, fewer + 1)
  return std::min(1.0, 2.0 * incomplete_beta(more, fewer + 1.0, 0.5));
}

PairedDifference paired_bootstrap(std::span<const double> first, std::span<const double> second, double confidence,
                                  int64_t resamples, uint64_t seed) {
  require(!first.empty() && first.size() == second.size(),
          join("paired_bootstrap: ", first.size(), " and ", second.size(), " values; the same number >= 1 is needed"));
  require(confidence > 0.0 && confidence < 1.0,
          join("paired_bootstrap: confidence ", confidence, " must be in (0, 1)"));
  require(resamples >= 1 && resamples <= kMaxResamples,
          join("paired_bootstrap: resamples ", resamples, " must be in [1, ", kMaxResamples, "]"));
  const std::size_t n = first.size();
  std::vector<double> differences(n);
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    differences[i] = second[i] - first[i];
    if (!std::isfinite(differences[i])) require(false, join("paired_bootstrap: value ", i, " is not finite"));
    sum += differences[i];
  }
  PhiloxStream random(seed);
  std::vector<double> means(static_cast<std::size_t>(resamples));
  for (double& mean : means) {
    double total = 0.0;
    for (std::size_t i = 0; i < n; ++i) total += differences[random.next_below(n)];
    mean = total / static_cast<double>(n);
  }
  std::sort(means.begin(), means.end());
  const double tail = 0.5 * (1.0 - confidence);
  return {sum / static_cast<double>(n), {percentile(means, tail), percentile(means, 1.0 - tail)}};
}

}  // namespace hone
