// The loss's options in all loss types: sums over micro-batches, finite differences, and the formulas written out.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/rl/loss_samples.h"

namespace hone {
namespace {

struct Variant {
  std::string name;
  GrpoLossConfig config;
};

/// Every loss type at both levels, plain and with each option, and with all options together.
std::vector<Variant> variants() {
  std::vector<Variant> out;
  for (const LossType type : kTypes) {
    for (const ImportanceSamplingLevel level : kLevels) {
      const std::string name = std::string(to_string(type)) + "/" + std::string(to_string(level));
      const auto add = [&](const std::string& option, const auto& change) {
        Variant v{name + "/" + option, make_config(type, level)};
        change(v.config);
        out.push_back(v);
      };
      add("plain", [](GrpoLossConfig&) {});
      add("entropy_coef", [](auto& c) { c.entropy_coef = 0.02; });
      add("top_entropy", [](auto& c) { c.top_entropy_quantile = 0.4; });
      add("off_policy_mask", [](auto& c) { c.off_policy_mask_threshold = 0.02; });
      for (const char* mode : {"token_truncate", "token_mask", "sequence_truncate", "sequence_mask"}) {
        add(mode, [&](auto& c) {
          c.sampler_importance_sampling = sampler_correction_from_string(mode);
          c.sampler_is_clip_max = 1.2;
          c.sampler_is_clip_min = 0.8;
        });
      }
      add("all", [](auto& c) {
        c.entropy_coef = 0.02;
        c.top_entropy_quantile = 0.4;
        c.off_policy_mask_threshold = 0.02;
        c.sampler_importance_sampling = SamplerCorrection::token_truncate;
        c.sampler_is_clip_max = 1.2;
        c.use_bias_correction_kl = true;
        c.delta = 1.3;
      });
    }
  }
  return out;
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], tolerance) << what << " " << i;
}

TEST(GrpoLossOptions, MicroBatchesAddUpToTheWholeBatch) {
  const Sample sample = random_sample(9, 5);
  for (const Variant& v : variants()) {
    const Result whole = evaluate(sample, 0, 9, v.config);
    Result sum;
    for (const auto& [first, last] : {std::pair<std::size_t, std::size_t>{0, 1}, {1, 2}, {2, 6}, {6, 9}}) {
      const Result part = evaluate(sample, first, last, v.config);
      sum.loss += part.loss;
      sum.gradient.insert(sum.gradient.end(), part.gradient.begin(), part.gradient.end());
      sum.entropy_gradient.insert(sum.entropy_gradient.end(), part.entropy_gradient.begin(),
                                  part.entropy_gradient.end());
      sum.metrics.merge(part.metrics);
      sum.sampler.merge(part.sampler);
    }
    EXPECT_NEAR(sum.loss, whole.loss, 1e-14) << v.name;
    expect_near(sum.gradient, whole.gradient, 1e-15, v.name);
    expect_near(sum.entropy_gradient, whole.entropy_gradient, 1e-15, v.name);
    const auto same = [&](const auto& actual, const auto& expected) {
      ASSERT_EQ(actual.size(), expected.size());
      for (const auto& [name, value] : expected) EXPECT_NEAR(actual.at(name), value, 1e-12) << v.name << " " << name;
    };
    same(sum.metrics.values(v.config.loss_type), whole.metrics.values(v.config.loss_type));
    same(sum.sampler.values(v.config.sampler_importance_sampling),
         whole.sampler.values(v.config.sampler_importance_sampling));
  }
}

TEST(GrpoLossOptions, GradientsEqualFiniteDifferences) {
  const Sample sample = random_sample(4, 8);
  constexpr double kStep = 1e-6;
  for (const Variant& v : variants()) {
    if (v.config.loss_type == LossType::cispo || v.config.loss_type == LossType::vespo)
      continue;  // weights without gradient
    const Result base = evaluate(sample, 0, 4, v.config);
    const auto slope = [&](std::vector<double> Sample::*values, std::size_t i) {
      Sample up = sample, down = sample;
      (up.*values)[i] += kStep;
      (down.*values)[i] -= kStep;
      return (evaluate(up, 0, 4, v.config).loss - evaluate(down, 0, 4, v.config).loss) / (2 * kStep);
    };
    for (std::size_t i = 0; i < sample.logprobs.size(); ++i) {
      EXPECT_NEAR(base.gradient[i], slope(&Sample::logprobs, i), 1e-7) << v.name << " token " << i;
      if (v.config.entropy_coef != 0.0)
        EXPECT_NEAR(base.entropy_gradient[i], slope(&Sample::entropies, i), 1e-7) << v.name << " entropy " << i;
    }
  }
}

/// w^k e^(lambda (1 - w)) with w the product of the sequence's ratios.
TEST(GrpoLossOptions, VespoWeighsTheLogProbabilityByGammaOfTheSequenceRatio) {
  const Sample sample = random_sample(5, 3);
  GrpoLossConfig config = make_config(LossType::vespo, ImportanceSamplingLevel::token);
  config.beta = 0.0;
  config.mask_truncated_completions = false;
  const Result result = evaluate(sample, 0, 5, config);
  double phi_sum = 0.0;
  for (std::size_t s = 0; s < 5; ++s) {
    double w = 1.0;
    for (auto i = static_cast<std::size_t>(sample.begin[s]); i < static_cast<std::size_t>(sample.begin[s + 1]); ++i)
      w *= std::exp(sample.logprobs[i] - sample.old[i]);
    const bool good = sample.advantages[s] >= 0;
    const double phi = std::pow(w, good ? 2.0 : 3.0) * std::exp((good ? 3.0 : 2.0) * (1.0 - w));
    phi_sum += phi;
    for (auto i = static_cast<std::size_t>(sample.begin[s]); i < static_cast<std::size_t>(sample.begin[s + 1]); ++i)
      EXPECT_NEAR(result.gradient[i], -phi * sample.advantages[s] / static_cast<double>(sample.logprobs.size()), 1e-14);
  }
  EXPECT_NEAR(result.metrics.values(LossType::vespo).at("vespo/phi_seq_mean"), phi_sum / 5, 1e-12);
}

TEST(GrpoLossOptions, OnlyTokensOfHighEntropyHaveASurrogate) {
  const Sample sample = random_sample(6, 4);
  GrpoLossConfig config = make_config(LossType::dapo, ImportanceSamplingLevel::token);
  config.beta = 0.0;
  config.mask_truncated_completions = false;
  config.epsilon = 0.9;  // nothing is clipped
  const Result all = evaluate(sample, 0, 6, config);
  config.top_entropy_quantile = 0.3;
  const Result top = evaluate(sample, 0, 6, config);
  const double threshold = totals_of(sample, config).entropy_threshold;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < sample.logprobs.size(); ++i) {
    const bool high = sample.entropies[i] >= threshold;
    kept += high ? 1 : 0;
    EXPECT_EQ(top.gradient[i], high ? all.gradient[i] : 0.0);
  }
  EXPECT_NEAR(static_cast<double>(kept), 0.3 * static_cast<double>(sample.logprobs.size()), 1.0);
}

TEST(GrpoLossOptions, DriftedSequencesWithNegativeAdvantageLeaveTheLoss) {
  Sample sample = random_sample(3, 2);
  sample.advantages = {-1.0, -1.0, 1.0};
  sample.sampling = sample.logprobs;
  for (std::size_t i = 0; i < sample.sampling.size(); ++i) sample.sampling[i] += 0.3;  // all drifted by 0.3 nats
  GrpoLossConfig config;
  config.epsilon = 0.9;
  config.off_policy_mask_threshold = 0.31;
  EXPECT_NE(evaluate(sample, 0, 3, config).gradient[0], 0.0);
  config.off_policy_mask_threshold = 0.29;
  const Result masked = evaluate(sample, 0, 3, config);
  EXPECT_EQ(masked.gradient.front(), 0.0);  // of sequence 0
  EXPECT_NE(masked.gradient.back(), 0.0);   // of sequence 2, whose advantage is positive
}

TEST(GrpoLossOptions, AnUnknownSamplerProbabilityCorrectsNothing) {
  Sample sample = random_sample(3, 2);
  GrpoLossConfig config;
  config.epsilon = 0.9;
  const Result plain = evaluate(sample, 0, 3, config);
  sample.sampling.assign(sample.sampling.size(), std::nan(""));
  for (const char* mode : {"token_truncate", "token_mask", "sequence_truncate", "sequence_mask"}) {
    config.sampler_importance_sampling = sampler_correction_from_string(mode);
    config.off_policy_mask_threshold = 0.1;
    const Result corrected = evaluate(sample, 0, 3, config);
    EXPECT_EQ(corrected.gradient, plain.gradient) << mode;
    EXPECT_EQ(corrected.sampler.difference.count, 0.0);
    EXPECT_EQ(corrected.sampler.ratio.mean(), 1.0);
  }
}

}  // namespace
}  // namespace hone
