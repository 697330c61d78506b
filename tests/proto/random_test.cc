#include "proto/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hone {
namespace {

// Known answers of Random123 (Salmon et al. 2011), philox 4x32 with 10 rounds.
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (PhiloxCounter{0x6627E8D5u, 0xE169C58Du, 0xBC57AC4Cu, 0x9B00DBD8u}));
  const uint32_t f = 0xFFFFFFFFu;
  EXPECT_EQ(philox4x32({f, f, f, f}, {f, f}), (PhiloxCounter{0x408F276Du, 0x41C83B0Eu, 0xA20BC7C6u, 0x6D5451FDu}));
}

TEST(Uniform, LiesStrictlyBetweenZeroAndOne) {
  EXPECT_GT(uniform_open(0, 0), 0.0);
  EXPECT_LT(uniform_open(0xFFFFFFFFu, 0xFFFFFFFFu), 1.0);
  PhiloxStream rng(7);
  double sum = 0.0;
  for (int i = 0; i < 20000; ++i) sum += rng.next_uniform();
  EXPECT_NEAR(sum / 20000.0, 0.5, 0.01);
}

TEST(SampleUniform, EveryCoordinateMatters) {
  const double base = sample_uniform(1, 2, 3, 4, 5);
  EXPECT_EQ(base, sample_uniform(1, 2, 3, 4, 5));
  for (double other : {sample_uniform(9, 2, 3, 4, 5), sample_uniform(1, 9, 3, 4, 5), sample_uniform(1, 2, 9, 4, 5),
                       sample_uniform(1, 2, 3, 9, 5), sample_uniform(1, 2, 3, 4, 9),
                       sample_uniform(uint64_t{1} << 32 | 1, 2, 3, 4, 5)})
    EXPECT_NE(base, other);
}

TEST(PhiloxStream, NextBelowIsUnbiasedEnough) {
  PhiloxStream rng(3);
  std::vector<int> counts(6);
  for (int i = 0; i < 60000; ++i) ++counts[rng.next_below(6)];
  for (int count : counts) EXPECT_NEAR(count, 10000, 500);
  EXPECT_EQ(rng.next_below(1), 0u);
}

TEST(Permutation, IsOneAndDependsOnSeedAndEpoch) {
  const auto a = permutation(100, 1, 0);
  auto sorted = a;
  std::sort(sorted.begin(), sorted.end());
  for (uint32_t i = 0; i < 100; ++i) EXPECT_EQ(sorted[i], i);
  EXPECT_EQ(a, permutation(100, 1, 0));
  EXPECT_NE(a, permutation(100, 1, 1));
  EXPECT_NE(a, permutation(100, 2, 0));
  EXPECT_TRUE(permutation(0, 1, 0).empty());
}

}  // namespace
}  // namespace hone
