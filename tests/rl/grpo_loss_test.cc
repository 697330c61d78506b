#include "rl/grpo_loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "proto/base/error.h"
#include "tests/rl/loss_samples.h"

namespace hone {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(GrpoLoss, TruncatedSequencesHaveNoGradientWhenMasked) {
  const Sample sample = random_sample(4, 6);
  const Result result = evaluate(sample, 0, 4, make_config(LossType::grpo, ImportanceSamplingLevel::token));
  for (int64_t i = sample.begin[3]; i < sample.begin[4]; ++i)
    EXPECT_EQ(result.gradient[static_cast<std::size_t>(i)], 0.0);
}

TEST(GrpoLoss, OnPolicyGradientIsMinusTheAdvantage) {
  Sample sample = random_sample(3, 1);
  sample.old = sample.logprobs;
  GrpoLossConfig config;
  const Result result = evaluate(sample, 0, 3, config);
  const auto tokens = static_cast<double>(sample.logprobs.size());
  for (std::size_t s = 0; s < 3; ++s) {
    for (int64_t i = sample.begin[s]; i < sample.begin[s + 1]; ++i) {
      EXPECT_NEAR(result.gradient[static_cast<std::size_t>(i)], -sample.advantages[s] / tokens, 1e-15);
    }
  }
}

/// Two sequences, one liked and one disliked, of the same log-probabilities in float32.
LossOutput extreme_loss(const std::vector<float>& logprobs, const std::vector<float>& old, const GrpoLossConfig& config,
                        at::Tensor& gradient) {
  const auto twice = [](const std::vector<float>& values) {
    const at::Tensor once = at::tensor(values, at::kFloat);
    return at::cat({once, once});
  };
  const std::vector<double> advantages = {1.0, -1.0};
  const auto length = static_cast<int64_t>(logprobs.size());
  const std::vector<int64_t> begin = {0, length, 2 * length};
  LossInputs inputs;
  inputs.logprobs = twice(logprobs).requires_grad_(true);
  inputs.old_logprobs = twice(old);
  inputs.reference_logprobs = inputs.old_logprobs;
  inputs.advantages = advantages;
  inputs.sequence_begin = begin;
  LossOutput output = grpo_loss(inputs, {2, 2 * length}, config);
  output.loss.backward();
  gradient = inputs.logprobs.grad();
  return output;
}

TEST(GrpoLoss, ExtremeRatiosGiveNoNaNGradients) {
  for (LossType type : kTypes) {
    for (ImportanceSamplingLevel level : kLevels) {
      for (bool correct_kl : {false, true}) {
        GrpoLossConfig config = make_config(type, level);
        config.use_bias_correction_kl = correct_kl;
        at::Tensor gradient;
        const LossOutput finite =
            extreme_loss({-1e4f, -1e-7f, -88.0f, 0.0f}, {-1e-7f, -1e4f, 0.0f, -89.0f}, config, gradient);
        EXPECT_TRUE(at::isfinite(gradient).all().item<bool>()) << to_string(type);
        EXPECT_TRUE(at::isfinite(finite.loss).item<bool>()) << to_string(type);
      }
      GrpoLossConfig config = make_config(type, level);
      at::Tensor gradient;
      extreme_loss({-1.0f, -2.0f}, {-kInf, -1.0f}, config, gradient);  // a token the old policy could not sample
      EXPECT_TRUE(at::isfinite(gradient).all().item<bool>()) << to_string(type);
    }
  }
}

TEST(GrpoLoss, ValuesAtMaskedTokensDoNotMatter) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<double> advantages = {0.5};
  const std::vector<int64_t> begin = {0, 3};
  for (LossType type : kTypes) {
    for (ImportanceSamplingLevel level : kLevels) {
      LossInputs inputs;
      inputs.logprobs = at::tensor({-1.0f, nan, -0.5f}).requires_grad_(true);
      inputs.old_logprobs = at::tensor({-1.1f, kInf, -0.4f});
      inputs.reference_logprobs = at::tensor({-1.2f, nan, -0.3f});
      inputs.entropies = at::tensor({1.0f, nan, 2.0f});
      inputs.token_mask = at::tensor({1, 0, 1}).to(at::kBool);
      inputs.advantages = advantages;
      inputs.sequence_begin = begin;
      const LossOutput output = grpo_loss(inputs, {1, 2}, make_config(type, level));
      output.loss.backward();
      EXPECT_TRUE(std::isfinite(output.loss.item<double>())) << to_string(type);
      EXPECT_TRUE(at::isfinite(inputs.logprobs.grad()).all().item<bool>()) << to_string(type);
      EXPECT_EQ(inputs.logprobs.grad()[1].item<float>(), 0.0f) << to_string(type);
      EXPECT_FLOAT_EQ(static_cast<float>(output.metrics.values(type).at("entropy")), 1.5f);
    }
  }
}

TEST(GrpoLoss, OfNoTokensIsZero) {
  const std::vector<double> advantages = {1.0, -1.0};
  const std::vector<int64_t> begin = {0, 0, 0};
  for (LossType type : kTypes) {
    LossInputs inputs;
    inputs.logprobs = at::empty({0}, at::kFloat).requires_grad_(true);
    inputs.reference_logprobs = at::empty({0}, at::kFloat);
    inputs.advantages = advantages;
    inputs.sequence_begin = begin;
    const LossOutput output = grpo_loss(inputs, {0, 0}, make_config(type, ImportanceSamplingLevel::sequence));
    EXPECT_EQ(output.loss.item<float>(), 0.0f);
    output.loss.backward();
  }
}

TEST(GrpoLoss, RejectsShapesThatDoNotFit) {
  const std::vector<double> advantages = {1.0};
  const std::vector<int64_t> begin = {0, 2};
  LossInputs inputs;
  inputs.logprobs = at::zeros({2});
  inputs.advantages = advantages;
  inputs.sequence_begin = begin;
  const StepTotals totals{1, 2};
  GrpoLossConfig config;
  EXPECT_NO_THROW(grpo_loss(inputs, totals, config));
  inputs.old_logprobs = at::zeros({3});
  EXPECT_THROW(grpo_loss(inputs, totals, config), Error);
  inputs.old_logprobs = at::Tensor();
  config.beta = 0.1;
  EXPECT_THROW(grpo_loss(inputs, totals, config), Error);
  config.beta = 0.0;
  const std::vector<int64_t> wrong = {0, 3};
  inputs.sequence_begin = wrong;
  EXPECT_THROW(grpo_loss(inputs, totals, config), Error);
  const std::vector<int64_t> falling = {0, 2, 1, 2};
  const std::vector<double> three = {1, 1, 1};
  inputs.sequence_begin = falling;
  inputs.advantages = three;
  EXPECT_THROW(grpo_loss(inputs, totals, config), Error);
}

}  // namespace
}  // namespace hone
