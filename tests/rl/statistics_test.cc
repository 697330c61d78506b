#include "rl/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/random.h"

namespace hone {
namespace {

using Answers = std::vector<std::optional<std::string>>;

double choose(int64_t n, int64_t k) {
  double value = 1.0;
  for (int64_t i = 1; i <= k; ++i) value = value * static_cast<double>(n - k + i) / static_cast<double>(i);
  return value;
}

TEST(McNemar, EqualsTheBinomialTail) {
  for (int64_t first = 0; first <= 12; ++first) {
    for (int64_t second = 0; second <= 12; ++second) {
      double tail = 0.0;
      for (int64_t k = 0; k <= std::min(first, second); ++k)
        tail += choose(first + second, k) * std::pow(0.5, first + second);
      EXPECT_NEAR(mcnemar_exact(first, second), std::min(1.0, 2.0 * tail), 1e-12) << first << " " << second;
    }
  }
  EXPECT_LT(mcnemar_exact(400, 600), 1e-9);
  EXPECT_THROW(mcnemar_exact(-1, 2), Error);
  EXPECT_THROW(mcnemar_exact(int64_t{1} << 62, 2), Error);
}

TEST(MajorityVote, TiesGoToTheFirstSeen) {
  const Answers answers = {"b", std::nullopt, "a", "a", "b", "c"};
  const MajorityVote vote = majority_vote(answers);
  EXPECT_EQ(vote.winners, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(vote.votes, 2);
  EXPECT_EQ(vote.first_seen("b"), 1.0);
  EXPECT_EQ(vote.first_seen("a"), 0.0);
  EXPECT_EQ(vote.tie_share("a"), 0.5);
  EXPECT_EQ(vote.tie_share("c"), 0.0);
}

TEST(MajorityVote, NobodyVoted) {
  const MajorityVote vote = majority_vote(Answers{std::nullopt, std::nullopt});
  EXPECT_TRUE(vote.winners.empty());
  EXPECT_EQ(vote.votes, 0);
  EXPECT_EQ(vote.first_seen(""), 0.0);
  EXPECT_EQ(vote.tie_share(""), 0.0);
  EXPECT_EQ(majority_at_k(Answers{std::nullopt, std::nullopt}, "1", 2), 0.0);
}

TEST(MajorityAtK, EqualsEnumerationOfAllSubsets) {
  PhiloxStream random(7);
  for (int round = 0; round < 30; ++round) {
    Answers answers(1 + random.next_below(9));
    for (auto& answer : answers) {
      if (random.next_below(6) != 0) answer = std::to_string(random.next_below(4));
    }
    const auto n = static_cast<int64_t>(answers.size());
    std::vector<double> sums(answers.size() + 1, 0.0);
    for (uint32_t subset = 1; subset < (1u << n); ++subset) {
      Answers chosen;
      for (int64_t i = 0; i < n; ++i) {
        if ((subset >> i) & 1u) chosen.push_back(answers[static_cast<std::size_t>(i)]);
      }
      sums[chosen.size()] += majority_vote(chosen).tie_share("1");
    }
    for (int64_t k = 1; k <= n; ++k) {
      EXPECT_NEAR(majority_at_k(answers, "1", k), sums[static_cast<std::size_t>(k)] / choose(n, k), 1e-12);
    }
  }
}

TEST(MajorityAtK, StaysFiniteAtItsLimit) {
  Answers answers(1000);
  for (std::size_t i = 0; i < answers.size(); ++i) answers[i] = i % 2 == 0 ? "yes" : "no";
  EXPECT_NEAR(majority_at_k(answers, "yes", 500), 0.5, 1e-9);
  answers.push_back("yes");
  EXPECT_THROW(majority_at_k(answers, "yes", 5), Error);
  EXPECT_THROW(majority_at_k(Answers{"a"}, "a", 2), Error);
}

TEST(PassAtK, RejectsImpossibleCounts) {
  EXPECT_THROW(pass_at_k(4, 5, 1), Error);
  EXPECT_THROW(pass_at_k(4, -1, 1), Error);
  EXPECT_THROW(pass_at_k(4, 1, 5), Error);
  EXPECT_THROW(pass_at_k(4, 1, 0), Error);
  EXPECT_THROW(pass_at_k(0, 0, 1), Error);
}

TEST(Intervals, RejectImpossibleArguments) {
  EXPECT_THROW(wilson_interval(3, 2, 0.95), Error);
  EXPECT_THROW(wilson_corrected_interval(0, 0, 0.95), Error);
  EXPECT_THROW(clopper_pearson_interval(1, 2, 1.0), Error);
  EXPECT_THROW(clopper_pearson_interval(1, int64_t{1} << 62, 0.95), Error);
  EXPECT_THROW(clopper_pearson_interval(1, 2, std::numeric_limits<double>::quiet_NaN()), Error);
}

TEST(Intervals, OfManyTrialsApproachTheNormalInterval) {
  const int64_t n = int64_t{1} << 30;
  const double half = 1.959963984540054 * std::sqrt(0.25 / static_cast<double>(n));
  for (const Interval& interval : {wilson_interval(n / 2, n, 0.95), clopper_pearson_interval(n / 2, n, 0.95)}) {
    EXPECT_NEAR(interval.low, 0.5 - half, 1e-8);
    EXPECT_NEAR(interval.high, 0.5 + half, 1e-8);
  }
}

TEST(PairedBootstrap, IsReproducibleAndCoversTheMean) {
  std::vector<double> first;
  std::vector<double> second;
  PhiloxStream random(3);
  for (int i = 0; i < 200; ++i) {
    first.push_back(static_cast<double>(random.next_below(2)));
    second.push_back(random.next_below(4) != 0 ? 1.0 : 0.0);
  }
  const auto a = paired_bootstrap(first, second, 0.95, 2000, 11);
  const auto b = paired_bootstrap(first, second, 0.95, 2000, 11);
  const auto c = paired_bootstrap(first, second, 0.95, 2000, 12);
  EXPECT_EQ(a.interval.low, b.interval.low);
  EXPECT_EQ(a.interval.high, b.interval.high);
  EXPECT_TRUE(a.interval.low != c.interval.low || a.interval.high != c.interval.high);
  EXPECT_LT(a.interval.low, a.mean);
  EXPECT_GT(a.interval.high, a.mean);

  double variance = 0.0;
  for (std::size_t i = 0; i < first.size(); ++i) variance += std::pow(second[i] - first[i] - a.mean, 2) / 200.0;
  const double half = 1.96 * std::sqrt(variance / 200.0);
  EXPECT_NEAR(a.interval.high - a.mean, half, 0.2 * half);
}

TEST(PairedBootstrap, OfConstantDifferencesIsAPoint) {
  const std::vector<double> first = {0, 1, 2};
  const std::vector<double> second = {1, 2, 3};
  const auto result = paired_bootstrap(first, second, 0.9, 100, 1);
  EXPECT_EQ(result.mean, 1.0);
  EXPECT_EQ(result.interval.low, 1.0);
  EXPECT_EQ(result.interval.high, 1.0);
  EXPECT_THROW(paired_bootstrap(first, std::vector<double>{1, 2}, 0.9, 100, 1), Error);
  EXPECT_THROW(paired_bootstrap({}, {}, 0.9, 100, 1), Error);
  EXPECT_THROW(paired_bootstrap(first, second, 0.9, 0, 1), Error);
  EXPECT_THROW(paired_bootstrap(first, std::vector<double>{1, 2, NAN}, 0.9, 10, 1), Error);
}

}  // namespace
}  // namespace hone
