#include "rl/high_entropy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "proto/base/random.h"

namespace hone {
namespace {

TEST(HighEntropy, ThresholdIsTheInterpolatedQuantile) {
  const std::vector<double> values{4, 1, 3, 2};
  EXPECT_EQ(high_entropy(values, 0.5).threshold, 2.5);
  EXPECT_EQ(high_entropy(values, 0.5).count, 2);
  EXPECT_EQ(high_entropy(values, 0.0).threshold, 4.0);
  EXPECT_EQ(high_entropy(values, 0.0).count, 1);
  EXPECT_EQ(high_entropy(values, 1.0).count, 4);
  EXPECT_NEAR(high_entropy(values, 0.2).threshold, 3.4, 1e-6);
}

TEST(HighEntropy, EqualsSortingForAnyNumberOfTokens) {
  PhiloxStream random(3);
  for (std::size_t n = 1; n < 40; ++n) {
    std::vector<double> values;
    for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<float>(random.next_uniform()));
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    for (const double share : {0.0, 0.1, 0.25, 0.5, 0.8, 0.99, 1.0}) {
      const double rank = (1.0 - share) * static_cast<double>(n - 1);
      const auto below = static_cast<std::size_t>(rank);
      const double above = sorted[std::min(below + 1, n - 1)];
      const double expected = sorted[below] + (rank - std::floor(rank)) * (above - sorted[below]);
      EXPECT_NEAR(high_entropy(values, share).threshold, expected, 1e-5) << n << " values, share " << share;
    }
  }
}

TEST(HighEntropy, OfNothingKeepsNothing) {
  EXPECT_EQ(high_entropy({}, 0.2).count, 0);
  EXPECT_GT(high_entropy({}, 0.2).threshold, 1e300);
}

}  // namespace
}  // namespace hone
