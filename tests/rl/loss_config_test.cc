#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "proto/base/error.h"
#include "rl/grpo_loss_config.h"
#include "rl/loss_metrics.h"

namespace hone {
namespace {

std::string error_of(const std::function<void(GrpoLossConfig&)>& change) {
  GrpoLossConfig config;
  change(config);
  try {
    validate(config);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
  return "";
}

TEST(GrpoLossConfig, DefaultsAreValid) {
  EXPECT_EQ(error_of([](GrpoLossConfig&) {}), "");
}

TEST(GrpoLossConfig, ErrorsNameTheField) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(error_of([](auto& c) { c.epsilon = -0.1; }).find("epsilon -0.1"), std::string::npos);
  EXPECT_NE(error_of([&](auto& c) { c.epsilon = nan; }).find("epsilon"), std::string::npos);
  EXPECT_NE(error_of([](auto& c) { c.epsilon_high = -1; }).find("epsilon_high"), std::string::npos);
  EXPECT_NE(error_of([](auto& c) { c.delta = 0.0; }).find("delta"), std::string::npos);
  EXPECT_NE(error_of([&](auto& c) { c.beta = nan; }).find("beta"), std::string::npos);
  EXPECT_NE(error_of([](auto& c) { c.max_completion_length = 0; }).find("max_completion_length"), std::string::npos);
  EXPECT_NE(error_of([](auto& c) { c.sapo_temperature_neg = 0; }).find("sapo_temperature_neg"), std::string::npos);
  EXPECT_NE(error_of([](auto& c) { c.vespo.k_neg = -1; }).find("vespo_k_neg -1"), std::string::npos);
  EXPECT_NE(error_of([&](auto& c) { c.vespo.lambda_pos = nan; }).find("vespo_lambda_pos"), std::string::npos);
  EXPECT_NE(error_of([](auto& c) { c.sampler_is_clip_max = 0; }).find("sampler_is_clip_max 0"), std::string::npos);
  EXPECT_NE(error_of([](auto& c) { c.sampler_is_clip_min = -1; }).find("sampler_is_clip_min -1"), std::string::npos);
  EXPECT_NE(error_of([](auto& c) { c.off_policy_mask_threshold = 0; }).find("off_policy_mask_threshold"), std::string::npos);
  EXPECT_NE(error_of([](auto& c) { c.top_entropy_quantile = 1.1; }).find("top_entropy_quantile 1.1"), std::string::npos);
  EXPECT_NE(error_of([&](auto& c) { c.entropy_coef = nan; }).find("entropy_coef"), std::string::npos);
  EXPECT_NE(error_of([](auto& c) { c.loss_type = LossType::cispo; }).find("epsilon_high"), std::string::npos);
}

TEST(GrpoLossConfig, NamesRoundTrip) {
  for (auto value :
       {LossType::grpo, LossType::bnpo, LossType::dr_grpo, LossType::dapo, LossType::cispo, LossType::sapo, LossType::luspo, LossType::vespo}) {
    EXPECT_EQ(loss_type_from_string(to_string(value)), value);
  }
  for (auto value : {SamplerCorrection::none, SamplerCorrection::token_truncate, SamplerCorrection::token_mask,
                     SamplerCorrection::sequence_truncate, SamplerCorrection::sequence_mask}) {
    EXPECT_EQ(sampler_correction_from_string(to_string(value)), value);
  }
  EXPECT_THROW(sampler_correction_from_string("token"), Error);
  EXPECT_THROW(loss_type_from_string("ppo"), Error);
  EXPECT_EQ(importance_sampling_level_from_string("sequence"), ImportanceSamplingLevel::sequence);
  EXPECT_EQ(importance_sampling_level_from_string("token"), ImportanceSamplingLevel::token);
  EXPECT_THROW(importance_sampling_level_from_string("word"), Error);
}

TEST(GrpoLossConfig, TokenCountLeavesOutTruncatedSequencesWhenAsked) {
  const std::vector<int64_t> begin = {0, 3, 3, 7};
  const std::vector<uint8_t> truncated = {0, 0, 1};
  GrpoLossConfig config;
  EXPECT_EQ(loss_token_count(config, begin, truncated), 7);
  config.mask_truncated_completions = true;
  EXPECT_EQ(loss_token_count(config, begin, truncated), 3);
  EXPECT_EQ(loss_token_count(config, begin, {}), 7);
}

TEST(LossMetrics, MergeGivesTheMetricsOfTheWhole) {
  LossMetrics a;
  a.tokens = 4, a.ratio_count = 4, a.low_clipped = 1, a.high_clipped = 1, a.low_min = 0.25, a.high_max = 0.25;
  a.kl_sum = 2, a.has_kl = true;
  LossMetrics b;
  b.tokens = 6, b.ratio_count = 6, b.low_clipped = 3, b.high_clipped = 0, b.low_min = 0.5, b.high_max = 0.0;
  b.kl_sum = 1, b.has_kl = true;
  a.merge(b);
  const auto values = a.values(LossType::dapo);
  EXPECT_DOUBLE_EQ(values.at("clip_ratio/low_mean"), 0.4);
  EXPECT_DOUBLE_EQ(values.at("clip_ratio/high_mean"), 0.1);
  EXPECT_DOUBLE_EQ(values.at("clip_ratio/region_mean"), 0.5);
  EXPECT_DOUBLE_EQ(values.at("clip_ratio/low_min"), 0.25);
  EXPECT_DOUBLE_EQ(values.at("clip_ratio/high_max"), 0.25);
  EXPECT_DOUBLE_EQ(values.at("kl"), 0.3);
  EXPECT_EQ(values.count("entropy"), 0u);
}

TEST(LossMetrics, WithoutTokensAreZeroOrNaN) {
  const auto values = LossMetrics().values(LossType::grpo);
  EXPECT_EQ(values.at("clip_ratio/low_mean"), 0.0);
  EXPECT_TRUE(std::isnan(values.at("clip_ratio/low_min")));
}

}  // namespace
}  // namespace hone
