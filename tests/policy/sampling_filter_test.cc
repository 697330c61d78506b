#include "policy/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/random.h"
#include "tests/policy/kernels_test_support.h"

namespace hone::test {
namespace {

std::vector<float> random_logits(std::size_t n, uint64_t seed, float scale) {
  std::vector<float> logits = random_floats(n, seed);
  for (float& v : logits) v *= scale;
  return logits;
}

std::vector<SamplingParams> many_params() {
  std::vector<SamplingParams> all;
  for (const double temperature : {1.0, 0.3, 1.7}) {
    for (const int top_k : {0, 1, 5, 5000}) {
      for (const double top_p : {1.0, 0.9, 0.35}) {
        for (const double min_p : {0.0, 0.05}) {
          for (const double penalty : {1.0, 1.3}) {
            SamplingParams p;
            p.temperature = temperature;
            p.top_k = top_k;
            p.top_p = top_p;
            p.min_p = min_p;
            p.repetition_penalty = penalty;
            all.push_back(p);
          }
        }
      }
    }
  }
  return all;
}

/// Draws in the middle of every kept token's interval and near its ends: each must give that token, so the kept sets are equal.
TEST(Sampling, FastPathAgreesWithTheSlowDistribution) {
  const std::vector<int32_t> previous = {0, 3, 3, 6};
  int checked = 0;
  for (const std::size_t n : {1u, 7u, 50u, 256u, 700u}) {
    for (const float scale : {0.5f, 4.0f, 15.0f}) {
      const std::vector<float> logits = random_logits(n, 11 + n, scale);
      for (const SamplingParams& params : many_params()) {
        double before = 0.0;
        for (const TokenProbability& t : filtered_distribution(logits, previous, params)) {
          if (t.probability > 2e-5) {
            for (const double part : {0.1, 0.5, 0.9}) {
              ASSERT_EQ(sample_token(logits, previous, params, before + part * t.probability).id, t.id)
                  << "V " << n << " T " << params.temperature << " k " << params.top_k << " p " << params.top_p;
              ++checked;
            }
          }
          before += t.probability;
        }
        ASSERT_NEAR(before, 1.0, 1e-12);
      }
    }
  }
  EXPECT_GT(checked, 10000);
}

TEST(Sampling, LogprobIsUnfilteredAtTheTemperature) {
  const std::vector<float> logits = random_logits(300, 5, 6.0f);
  for (const SamplingParams& params : many_params()) {
    const SampledToken token = sample_token(logits, std::vector<int32_t>{2, 9}, params, 0.4);
    double sum = 0.0;
    for (const float l : logits) sum += std::exp(l / params.temperature);
    EXPECT_NEAR(token.logprob, logits[static_cast<std::size_t>(token.id)] / params.temperature - std::log(sum), 2e-5);
    EXPECT_EQ(token.logprob, token_logprob(logits, token.id, params.temperature));
  }
}

TEST(Sampling, FrequenciesFollowTheDistribution) {
  const std::vector<float> logits = random_logits(600, 8, 3.0f);
  for (SamplingParams params : {SamplingParams{}, SamplingParams{.top_k = 20}, SamplingParams{.top_p = 0.8}, SamplingParams{.min_p = 0.1}}) {
    params.temperature = 0.8;
    const std::vector<TokenProbability> expected = filtered_distribution(logits, {}, params);
    constexpr int kDraws = 40000;
    std::vector<int> counts(logits.size());
    for (uint32_t i = 0; i < kDraws; ++i) ++counts[static_cast<std::size_t>(sample_token(logits, {}, params, sample_uniform(17, 1, 2, i, 3)).id)];
    double chi_square = 0.0, rare_expected = 0.0, rare_seen = 0.0;
    int cells = 0, seen = 0;
    for (const TokenProbability& t : expected) {
      const double mean = t.probability * kDraws;
      const int count = counts[static_cast<std::size_t>(t.id)];
      seen += count;
      if (mean < 8.0) {
        rare_expected += mean;
        rare_seen += count;
        continue;
      }
      chi_square += (count - mean) * (count - mean) / mean;
      ++cells;
    }
    if (rare_expected > 8.0) {
      chi_square += (rare_seen - rare_expected) * (rare_seen - rare_expected) / rare_expected;
      ++cells;
    }
    EXPECT_EQ(seen, kDraws) << "a token outside the kept set was drawn";
    const double freedom = cells - 1;
    EXPECT_LT(chi_square, freedom + 4.0 * std::sqrt(2.0 * freedom)) << "top_k " << params.top_k << " top_p " << params.top_p;
  }
}

TEST(Sampling, GreedyTakesTheFirstOfEqualLogits) {
  SamplingParams params;
  params.temperature = 0.0;
  const std::vector<float> logits = {1.0f, 3.0f, -2.0f, 3.0f};
  const SampledToken token = sample_token(logits, {}, params, 0.99);
  EXPECT_EQ(token.id, 1);
  EXPECT_NEAR(token.logprob, 3.0 - std::log(std::exp(1.0) + 2 * std::exp(3.0) + std::exp(-2.0)), 1e-6);
  params.repetition_penalty = 2.0;
  EXPECT_EQ(sample_token(logits, std::vector<int32_t>{1, -5, 99}, params, 0.5).id, 3);
  ASSERT_EQ(filtered_distribution(logits, {}, params).size(), 1u);
}

TEST(Sampling, TiesWithTheKthStay) {
  SamplingParams params;
  params.top_k = 2;
  const std::vector<float> logits = {2.0f, 1.0f, 3.0f, 2.0f, 2.0f};
  EXPECT_EQ(filtered_distribution(logits, {}, params).size(), 4u);
  EXPECT_EQ(sample_token(logits, {}, params, 0.9999).id, 4);
}

TEST(Sampling, ExtremeUniformsAndLogits) {
  constexpr float kNegInf = -std::numeric_limits<float>::infinity();
  std::vector<float> logits(1000, kNegInf);
  logits[300] = 1.0f;
  logits[700] = 1.0f;
  for (const SamplingParams& params : many_params()) {
    if (params.repetition_penalty != 1.0 || params.top_p < 1.0 || params.top_k == 1) continue;
    EXPECT_EQ(sample_token(logits, {}, params, 1e-17).id, 300);
    EXPECT_EQ(sample_token(logits, {}, params, 1.0 - 1e-16).id, 700);
  }
  SamplingParams tiny;
  tiny.temperature = 1e-300;
  logits[700] = 1.5f;
  EXPECT_EQ(sample_token(logits, {}, tiny, 0.3).id, 700);
  logits[0] = std::nanf("");
  EXPECT_THROW(sample_token(logits, {}, {}, 0.5), Error);
  logits[0] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(sample_token(logits, {}, {}, 0.5), Error);
  EXPECT_THROW(sample_token(std::vector<float>(5, kNegInf), {}, {}, 0.5), Error);
}

TEST(Sampling, ValidateNamesTheField) {
  const auto expect_refused = [](const char* field, const auto& change) {
    SamplingParams params;
    change(params);
    try {
      validate(params);
      ADD_FAILURE() << field << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      EXPECT_NE(std::string(error.what()).find(field), std::string::npos) << error.what();
    }
  };
  validate(SamplingParams{});
  const double nan = std::nan("");
  expect_refused("temperature", [](auto& p) { p.temperature = -0.1; });
  expect_refused("temperature", [&](auto& p) { p.temperature = nan; });
  expect_refused("top_k", [](auto& p) { p.top_k = -1; });
  expect_refused("top_p", [](auto& p) { p.top_p = 0.0; });
  expect_refused("top_p", [](auto& p) { p.top_p = 1.01; });
  expect_refused("min_p", [](auto& p) { p.min_p = 1.5; });
  expect_refused("min_p", [&](auto& p) { p.min_p = nan; });
  expect_refused("repetition_penalty", [](auto& p) { p.repetition_penalty = 0.0; });
  expect_refused("max_new_tokens", [](auto& p) { p.max_new_tokens = 0; });
  expect_refused("stop", [](auto& p) { p.stop = {"x", ""}; });
}

}  // namespace
}  // namespace hone::test
