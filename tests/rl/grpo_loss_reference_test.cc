// Every case of the GRPO reference, in float64 and float32: loss, gradients, metrics, the sampler's correction.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "proto/base/json.h"
#include "rl/grpo_loss.h"
#include "rl/high_entropy.h"
#include "rl/loss_tokens.h"
#include "rl/off_policy.h"
#include "tests/rl/reference_files.h"

namespace hone {
namespace {

/// null is NaN; infinities are text.
double number(const Json& value) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (value.is_string()) return value == "inf" ? HUGE_VAL : -HUGE_VAL;
  return value.get<double>();
}

/// Near, or the same infinity.
void expect_near(double actual, double expected, double tolerance, const std::string& what) {
  if (actual != expected) EXPECT_NEAR(actual, expected, tolerance) << what;
}

std::optional<double> optional_number(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

GrpoLossConfig read_config(const Json& s) {
  GrpoLossConfig config;
  config.loss_type = loss_type_from_string(s.at("loss_type").get<std::string>());
  config.importance_sampling_level =
      importance_sampling_level_from_string(s.at("importance_sampling_level").get<std::string>());
  config.epsilon = s.at("epsilon").get<double>();
  config.epsilon_high = optional_number(s.at("epsilon_high"));
  config.delta = optional_number(s.at("delta"));
  config.beta = s.at("beta").get<double>();
  config.use_bias_correction_kl = s.at("use_bias_correction_kl").get<bool>();
  config.sapo_temperature_pos = s.at("sapo_temperature_pos").get<double>();
  config.sapo_temperature_neg = s.at("sapo_temperature_neg").get<double>();
  config.mask_truncated_completions = s.at("mask_truncated_completions").get<bool>();
  config.max_completion_length = s.at("max_completion_length").get<int64_t>();
  config.vespo = {s.at("vespo_k_pos").get<double>(), s.at("vespo_lambda_pos").get<double>(),
                  s.at("vespo_k_neg").get<double>(), s.at("vespo_lambda_neg").get<double>()};
  config.top_entropy_quantile = s.at("top_entropy_quantile").get<double>();
  config.entropy_coef = s.at("entropy_coef").get<double>();
  config.off_policy_mask_threshold = optional_number(s.at("off_policy_mask_threshold"));
  const Json& correction = s.at("sampler_importance_sampling");
  if (!correction.is_null()) {
    config.sampler_importance_sampling = sampler_correction_from_string(correction.get<std::string>());
    config.sampler_is_clip_max = optional_number(s.at("sampler_is_clip_max"));
    config.sampler_is_clip_min = optional_number(s.at("sampler_is_clip_min"));
  }
  return config;
}

/// One micro-batch of a case, packed: only the first completion_lengths[i] positions of each row.
struct Packed {
  std::vector<int64_t> begin{0};
  std::vector<double> advantages;
  std::vector<uint8_t> truncated;
  std::vector<std::pair<std::size_t, std::size_t>> cells;  // (row, position) of each token
  LossInputs inputs;
};

at::Tensor gather(const Json& matrix, const Packed& packed, at::ScalarType type) {
  std::vector<double> values;
  for (const auto& [row, position] : packed.cells) values.push_back(number(matrix.at(row).at(position)));
  return at::tensor(values, at::kDouble).to(type);
}

Packed pack(const Json& entry, std::size_t first, std::size_t last, at::ScalarType type, bool entropy_gradient) {
  const Json& in = entry.at("inputs");
  Packed packed;
  for (std::size_t row = first; row < last; ++row) {
    const auto length = in.at("completion_lengths").at(row).get<std::size_t>();
    for (std::size_t t = 0; t < length; ++t) packed.cells.emplace_back(row, t);
    packed.begin.push_back(static_cast<int64_t>(packed.cells.size()));
    packed.advantages.push_back(entry.at("expected").at("advantages").at(row).get<double>());
    packed.truncated.push_back(in.at("terminated").at(row).get<bool>() ? 0 : 1);
  }
  LossInputs& inputs = packed.inputs;
  inputs.logprobs = gather(in.at("per_token_logps"), packed, type).requires_grad_(true);
  if (!in.at("old_per_token_logps").is_null()) inputs.old_logprobs = gather(in["old_per_token_logps"], packed, type);
  if (!in.at("ref_per_token_logps").is_null())
    inputs.reference_logprobs = gather(in["ref_per_token_logps"], packed, type);
  if (!in.at("sampling_per_token_logps").is_null())
    inputs.sampling_logprobs = gather(in["sampling_per_token_logps"], packed, type);
  inputs.entropies = gather(in.at("entropies"), packed, type).requires_grad_(entropy_gradient);
  if (!in.at("tool_mask").is_null()) inputs.token_mask = gather(in["tool_mask"], packed, at::kBool);
  inputs.advantages = packed.advantages;
  inputs.sequence_begin = packed.begin;
  inputs.truncated = packed.truncated;
  return packed;
}

/// What TRL divides the loss of one micro-batch by; it takes threshold and mean of the entropies within the micro-batch.
StepTotals totals_of(const Json& entry, const GrpoLossConfig& config, std::size_t first, std::size_t last,
                     at::ScalarType type) {
  const auto steps = entry.at("settings").at("gradient_accumulation_steps").get<double>();
  const Json& mask = entry.at("expected").at("loss_mask");
  std::vector<double> entropies;  // of the tokens that count
  for (std::size_t row = first; row < last; ++row) {
    for (std::size_t t = 0; t < mask.at(row).size(); ++t) {
      if (mask[row][t].get<double>() != 0.0)
        entropies.push_back(number(entry.at("inputs").at("entropies").at(row).at(t)));
    }
  }
  StepTotals totals;
  totals.sequences = static_cast<double>(last - first) * steps;
  totals.tokens = entry["expected"].at("num_items_in_batch").get<double>();
  if (config.loss_type == LossType::bnpo) totals.tokens = std::max(1.0, static_cast<double>(entropies.size())) * steps;
  totals.entropy_tokens = static_cast<double>(entropies.size()) * steps;
  if (config.top_entropy_quantile < 1.0) {
    const HighEntropy high = high_entropy(entropies, config.top_entropy_quantile);
    totals.entropy_threshold = high.threshold;
    // TRL rounds the threshold to float32 and compares float64 entropies with it. Where it lies on a token that falls out
    // by that rounding, the same choice needs the next threshold in float32.
    const bool on_token = std::any_of(entropies.begin(), entropies.end(), [&](double e) {
      return e < high.threshold && static_cast<double>(static_cast<float>(e)) >= high.threshold;
    });
    if (type == at::kFloat && on_token)
      totals.entropy_threshold = std::nextafter(static_cast<float>(high.threshold), HUGE_VALF);
    totals.entropy_tokens = static_cast<double>(high.count) * steps;
  }
  return totals;
}

/// TRL logs the policy's loss before it is divided by the accumulation steps, unless the divisor is the step's tokens.
double logged_policy_loss(double scaled, LossType type, double steps) {
  const bool by_step_tokens = type == LossType::dapo || type == LossType::cispo || type == LossType::vespo;
  return by_step_tokens ? scaled : scaled * steps;
}

void check_gradient(const at::Tensor& gradient, const Json& expected, const Packed& packed, std::size_t first,
                    double tolerance, const std::string& name) {
  std::vector<std::vector<double>> padded(expected.size(), std::vector<double>(expected.at(0).size(), 0.0));
  const at::Tensor values = gradient.to(at::kDouble).contiguous();
  for (std::size_t i = 0; i < packed.cells.size(); ++i) {
    padded[packed.cells[i].first - first][packed.cells[i].second] = values.const_data_ptr<double>()[i];
  }
  double largest = 0.0;
  for (const Json& row : expected) {
    for (const Json& cell : row) largest = std::max(largest, std::abs(number(cell)));
  }
  for (std::size_t row = 0; row < padded.size(); ++row) {
    for (std::size_t t = 0; t < padded[row].size(); ++t) {
      EXPECT_NEAR(padded[row][t], number(expected[row][t]), tolerance * std::max(largest, 1e-30) + 1e-15)
          << name << " gradient at row " << row << " position " << t;
    }
  }
}

void check_metrics(const std::map<std::string, double>& actual, const Json& expected, double tolerance,
                   const std::string& name) {
  EXPECT_EQ(actual.size(), expected.size()) << name;
  for (const auto& [key, value] : expected.items()) {
    const auto found = actual.find(key);
    ASSERT_NE(found, actual.end()) << name << " lacks metric " << key;
    if (value.is_null()) {
      EXPECT_TRUE(std::isnan(found->second)) << name << " " << key;
    } else {
      const bool through_float = key.find("clip_ratio") != std::string::npos;
      EXPECT_NEAR(found->second, value.get<double>(), through_float ? 1e-6 : tolerance) << name << " " << key;
    }
  }
}

/// The ratio of the whole batch, before it is cut into micro-batches.
void check_sampler_ratio(const Json& entry, const GrpoLossConfig& config, at::ScalarType type) {
  const Json& expected = entry.at("expected").at("sampler_importance_sampling_ratio");
  if (config.sampler_importance_sampling == SamplerCorrection::none) {
    EXPECT_TRUE(expected.is_null());
    return;
  }
  const Packed packed = pack(entry, 0, entry.at("inputs").at("batch").get<std::size_t>(), type, false);
  const LossTokens tokens = prepare_tokens(packed.inputs, config);
  const SamplerRatio ratio = sampler_ratio(tokens, config);
  const at::Tensor values = ratio.values.to(at::kDouble).contiguous();
  const double tolerance = type == at::kDouble ? 1e-10 : 1e-5;
  if (ratio.per_sequence) {
    ASSERT_EQ(values.numel(), static_cast<int64_t>(expected.size()));
    for (std::size_t s = 0; s < expected.size(); ++s)
      expect_near(values.const_data_ptr<double>()[s], number(expected[s].at(0)), tolerance,
                  "ratio of sequence " + std::to_string(s));
    return;
  }
  for (std::size_t i = 0; i < packed.cells.size(); ++i) {
    const auto [row, position] = packed.cells[i];
    if (tokens.host_mask[i] == 0) continue;
    expect_near(values.const_data_ptr<double>()[i], number(expected.at(row).at(position)), tolerance,
                "ratio of token " + std::to_string(i));
  }
}

void check_sampler_metrics(const SamplerMetrics& metrics, const Json& entry, const GrpoLossConfig& config,
                           double tolerance) {
  if (config.sampler_importance_sampling == SamplerCorrection::none) return;
  const Json& expected = entry.at("expected").at("reward_metrics");
  for (const auto& [name, value] : metrics.values(config.sampler_importance_sampling)) {
    ASSERT_TRUE(expected.contains(name)) << name;
    expect_near(value, number(expected[name]), tolerance, name);
  }
}

void check_case(const Json& entry, at::ScalarType type) {
  const GrpoLossConfig config = read_config(entry.at("settings"));
  const auto name = entry.at("name").get<std::string>();
  SCOPED_TRACE(name);
  const bool exact = type == at::kDouble;
  const double tolerance = exact ? 1e-10 : 1e-5;
  const auto steps = entry["settings"].at("gradient_accumulation_steps").get<double>();
  check_sampler_ratio(entry, config, type);
  SamplerMetrics sampler;
  for (const Json& micro : entry.at("expected").at("micro_batches")) {
    const auto first = micro.at("rows").at(0).get<std::size_t>();
    const auto last = micro.at("rows").at(1).get<std::size_t>();
    const Packed packed = pack(entry, first, last, type, !micro.at("grad_entropies").is_null());
    const LossOutput output = grpo_loss(packed.inputs, totals_of(entry, config, first, last, type), config);

    const double loss = number(micro.at("loss"));
    EXPECT_NEAR(output.loss.item<double>(), loss, exact ? 1e-10 : 1e-5 * std::abs(loss) + 1e-7) << name;
    output.loss.backward();
    check_gradient(packed.inputs.logprobs.grad(), micro.at("grad_per_token_logps"), packed, first, tolerance, name);
    if (!micro["grad_entropies"].is_null())
      check_gradient(packed.inputs.entropies.grad(), micro["grad_entropies"], packed, first, tolerance, name);
    std::map<std::string, double> metrics = output.metrics.values(config.loss_type);
    if (metrics.count("policy_loss") > 0)
      metrics["policy_loss"] = logged_policy_loss(metrics["policy_loss"], config.loss_type, steps);
    if (micro.at("metrics").contains("entropy_coef")) metrics["entropy_coef"] = config.entropy_coef;
    check_metrics(metrics, micro["metrics"], tolerance, name);
    sampler.merge(output.sampler);
  }
  check_sampler_metrics(sampler, entry, config, tolerance);
}

class GrpoLossReference : public testing::TestWithParam<std::tuple<at::ScalarType, const char*>> {};

TEST_P(GrpoLossReference, EveryCase) {
  const auto [type, pack] = GetParam();
  const auto path = reference_file(pack, "cases.json");
  HONE_SKIP_WITHOUT(path);
  const Json root = read_json_file(path);
  for (const Json& entry : root.at("cases")) check_case(entry, type);
  std::cout << pack << " loss " << at::toString(type) << ": " << root["cases"].size() << " cases run\n";
  EXPECT_GT(root["cases"].size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Types, GrpoLossReference,
                         testing::Combine(testing::Values(at::kDouble, at::kFloat),
                                          testing::Values("grpo", "grpo_combinations")),
                         [](const auto& info) {
                           return std::string(at::toString(std::get<0>(info.param))) + "_" + std::get<1>(info.param);
                         });

}  // namespace
}  // namespace hone
