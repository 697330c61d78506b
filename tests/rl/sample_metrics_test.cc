#include "rl/sample_metrics.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "proto/base/random.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

EvalSample sample(const std::string& text, bool right, int64_t tokens = 5, bool truncated = false) {
  EvalSample s;
  s.text = text;
  s.scored = true;
  s.right = right;
  s.tokens = tokens;
  s.truncated = truncated;
  s.components = {{"numeric", right ? 1.0 : 0.0}, {"format", static_cast<double>(text.size())}};
  s.mean_logprob = -static_cast<double>(tokens);
  return s;
}

TEST(BestOfK, IsTheMeanOverAllSubsets) {
  PhiloxStream rng(1);
  for (int round = 0; round < 40; ++round) {
    const std::size_t n = 1 + rng.next_below(9);
    std::vector<double> scores;
    std::vector<bool> right;
    for (std::size_t i = 0; i < n; ++i) scores.push_back(static_cast<double>(rng.next_below(4))), right.push_back(rng.next_below(2) == 0);
    for (std::size_t k = 1; k <= n; ++k) {
      double sum = 0.0, subsets = 0.0;
      for (uint32_t mask = 1; mask < (1u << n); ++mask) {
        if (static_cast<std::size_t>(std::popcount(mask)) != k) continue;
        std::size_t best = n;
        for (std::size_t i = 0; i < n; ++i)
          if ((mask >> i & 1u) != 0 && (best == n || scores[i] > scores[best])) best = i;
        sum += right[best] ? 1.0 : 0.0;
        subsets += 1.0;
      }
      EXPECT_NEAR(best_of_k(scores, right, static_cast<int64_t>(k)), sum / subsets, 1e-12) << n << " " << k;
    }
  }
  EXPECT_HONE_ERROR(best_of_k({1.0}, {true}, 2), ErrorCode::invalid_argument, "k 2 must be 1 to");
}

TEST(SampleMetrics, PassMajorityAndBest) {
  EvalRecord easy, hard;
  easy.samples = {sample("the answer is 4", true), sample("4.0", true), sample("it is 5", false), sample("6", false)};
  hard.samples = {sample("7", false), sample("7 ", false), sample(" 7.0", false), sample("the answer is 8", true)};
  const SampleMetrics m = sample_metrics({easy, hard}, "format", 1);
  ASSERT_EQ(m.at.size(), 3u);
  EXPECT_EQ(m.at[0].k, 1);
  EXPECT_DOUBLE_EQ(m.at[0].pass.mean, (0.5 + 0.25) / 2);
  EXPECT_DOUBLE_EQ(m.at[0].majority.mean, (0.5 + 0.25) / 2);
  EXPECT_DOUBLE_EQ(m.at[2].pass.mean, 1.0);
  EXPECT_DOUBLE_EQ(m.at[2].majority.mean, 0.5);  // 4 wins with two votes, though written in two ways; 7 outvotes 8
  EXPECT_DOUBLE_EQ(m.at[2].best.mean, 1.0);      // the longest texts are the right ones
  EXPECT_EQ(m.at[2].problems, 2);
  EXPECT_LE(m.at[2].majority.interval.low, 0.5);
  EXPECT_GE(m.at[2].majority.interval.high, 0.5);
}

TEST(SampleMetrics, LengthsOfRightAndWrongAnswersAndTheTruncatedShare) {
  EvalRecord r;
  r.samples = {sample("1", true, 4), sample("1", true, 6), sample("2", false, 20, true), sample("2", false, 10)};
  r.samples[3].scored = false;  // the verifier failed: neither right nor wrong
  const SampleMetrics m = sample_metrics({r}, "logprob", 1);
  EXPECT_DOUBLE_EQ(m.mean_length_right, 5.0);
  EXPECT_DOUBLE_EQ(m.mean_length_wrong, 20.0);
  EXPECT_DOUBLE_EQ(m.truncated.mean, 0.25);
  EXPECT_EQ(m.at.size(), 2u);  // k = 1, 2 of three scored samples
  EXPECT_DOUBLE_EQ(m.at[1].best.mean, 1.0);
  r.samples = {sample("1", true)};
  EXPECT_TRUE(std::isnan(sample_metrics({r}, "logprob", 1).mean_length_wrong));
  EXPECT_HONE_ERROR(sample_metrics({r}, "nonsense", 1), ErrorCode::invalid_argument, "neither logprob nor a reward function");
  EXPECT_HONE_ERROR(sample_metrics({}, "logprob", 1), ErrorCode::invalid_argument, "there is no problem");
}

}  // namespace
}  // namespace hone
