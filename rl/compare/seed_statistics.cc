#include "rl/compare/seed_statistics.h"

#include <algorithm>
#include <cmath>

#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/base/random.h"

namespace hone {
namespace {

constexpr double kConfidence = 0.95;
constexpr int kDraws = 4000;

double mean_of(const SeedTable& values) {
  double sum = 0.0;
  for (const auto& row : values)
    for (const double v : row) sum += v;
  return sum / static_cast<double>(values.size() * values.front().size());
}

void check(const SeedTable& values) {
  if (values.empty() || values.front().empty()) throw Error(ErrorCode::invalid_argument, "seed statistics: no values");
  for (const auto& row : values)
    if (row.size() != values.front().size())
      throw Error(ErrorCode::invalid_argument, join("seed statistics: ", values.front().size(), " and ", row.size(), " problems; every seed needs the same"));
}

bool all_equal(const SeedTable& values, double value) {
  return std::all_of(values.begin(), values.end(), [&](const auto& row) { return std::all_of(row.begin(), row.end(), [&](double v) { return v == value; }); });
}

Interval resampled(const SeedTable& values, uint64_t seed) {
  const std::size_t seeds = values.size(), problems = values.front().size();
  PhiloxStream random(seed);
  std::vector<double> by_problem(problems), means(kDraws);
  for (double& mean : means) {
    std::fill(by_problem.begin(), by_problem.end(), 0.0);
    for (std::size_t s = 0; s < seeds; ++s) {
      const auto& row = values[seeds == 1 ? 0 : random.next_below(seeds)];
      for (std::size_t p = 0; p < problems; ++p) by_problem[p] += row[p];
    }
    double sum = 0.0;
    for (std::size_t p = 0; p < problems; ++p) sum += by_problem[random.next_below(problems)];
    mean = sum / static_cast<double>(seeds * problems);
  }
  std::sort(means.begin(), means.end());
  const auto at = [&](double share) { return means[static_cast<std::size_t>(std::lround(share * (kDraws - 1)))]; };
  return {at(0.5 * (1 - kConfidence)), at(0.5 * (1 + kConfidence))};
}

}  // namespace

Estimate seed_estimate(const SeedTable& values, uint64_t seed) {
  check(values);
  const auto problems = static_cast<int64_t>(values.front().size());
  if (all_equal(values, 0.0)) return {0.0, wilson_interval(0, problems, kConfidence)};
  if (all_equal(values, 1.0)) return {1.0, wilson_interval(problems, problems, kConfidence)};
  return {mean_of(values), resampled(values, seed)};
}

Estimate seed_difference(const SeedTable& first, const SeedTable& second, uint64_t seed) {
  check(first);
  check(second);
  const std::size_t seeds = std::max(first.size(), second.size());
  const bool fits = (first.size() == seeds || first.size() == 1) && (second.size() == seeds || second.size() == 1);
  if (!fits || first.front().size() != second.front().size())
    throw Error(ErrorCode::invalid_argument, join("seed statistics: tables of ", first.size(), " x ", first.front().size(), " and ", second.size(), " x ",
                                                  second.front().size(), " cannot be paired"));
  SeedTable difference(seeds, std::vector<double>(first.front().size()));
  for (std::size_t s = 0; s < seeds; ++s)
    for (std::size_t p = 0; p < difference[s].size(); ++p)
      difference[s][p] = second[second.size() == 1 ? 0 : s][p] - first[first.size() == 1 ? 0 : s][p];
  return {mean_of(difference), resampled(difference, seed)};
}

}  // namespace hone
