// Every case of the GRPO reference whose settings Hone supports, in float64 and float32; the others are counted by
// reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rl/grpo_loss.h"
#include "tests/rl/reference_files.h"

namespace hone {
namespace {

std::optional<double> optional_number(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

/// Settings that must have their neutral value, since Hone has no such feature.
std::string unsupported(const Json& settings) {
  try {
    loss_type_from_string(settings.at("loss_type").get<std::string>());
  } catch (const Error&) {
    return "loss_type " + settings["loss_type"].get<std::string>();
  }
  const std::pair<const char*, Json> neutral[] = {{"top_entropy_quantile", 1.0},
                                                  {"entropy_coef", 0.0},
                                                  {"off_policy_mask_threshold", nullptr},
                                                  {"sampler_importance_sampling", nullptr}};
  for (const auto& [name, value] : neutral) {
    if (settings.at(name) != value) return name;
  }
  return "";
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
  for (const auto& [row, position] : packed.cells) values.push_back(matrix.at(row).at(position).get<double>());
  return at::tensor(values, at::kDouble).to(type);
}

Packed pack(const Json& entry, std::size_t first, std::size_t last, at::ScalarType type) {
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
  inputs.entropies = gather(in.at("entropies"), packed, type);
  if (!in.at("tool_mask").is_null()) inputs.token_mask = gather(in["tool_mask"], packed, at::kBool);
  inputs.advantages = packed.advantages;
  inputs.sequence_begin = packed.begin;
  inputs.truncated = packed.truncated;
  return packed;
}

/// What TRL divides the loss of one micro-batch by.
StepTotals totals_of(const Json& entry, const GrpoLossConfig& config, std::size_t first, std::size_t last) {
  const auto steps = entry.at("settings").at("gradient_accumulation_steps").get<int64_t>();
  StepTotals totals;
  totals.sequences = static_cast<int64_t>(last - first) * steps;
  totals.tokens = entry.at("expected").at("num_items_in_batch").get<int64_t>();
  if (config.loss_type == LossType::bnpo) {
    int64_t local = 0;
    for (std::size_t row = first; row < last; ++row) {
      for (const Json& cell : entry["expected"].at("loss_mask").at(row))
        local += static_cast<int64_t>(cell.get<double>());
    }
    totals.tokens = std::max<int64_t>(1, local) * steps;
  }
  return totals;
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
    for (const Json& cell : row) largest = std::max(largest, std::abs(cell.get<double>()));
  }
  for (std::size_t row = 0; row < padded.size(); ++row) {
    for (std::size_t t = 0; t < padded[row].size(); ++t) {
      EXPECT_NEAR(padded[row][t], expected[row][t].get<double>(), tolerance * std::max(largest, 1e-30) + 1e-15)
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

void check_case(const Json& entry, at::ScalarType type) {
  const GrpoLossConfig config = read_config(entry.at("settings"));
  const auto name = entry.at("name").get<std::string>();
  const bool exact = type == at::kDouble;
  for (const Json& micro : entry.at("expected").at("micro_batches")) {
    const auto first = micro.at("rows").at(0).get<std::size_t>();
    const auto last = micro.at("rows").at(1).get<std::size_t>();
    const Packed packed = pack(entry, first, last, type);
    const LossOutput output = grpo_loss(packed.inputs, totals_of(entry, config, first, last), config);

    const double loss = micro.at("loss").get<double>();
    EXPECT_NEAR(output.loss.item<double>(), loss, exact ? 1e-10 : 1e-5 * std::abs(loss) + 1e-7) << name;
    output.loss.backward();
    check_gradient(packed.inputs.logprobs.grad(), micro.at("grad_per_token_logps"), packed, first, exact ? 1e-10 : 1e-5,
                   name);
    check_metrics(output.metrics.values(config.loss_type), micro.at("metrics"), exact ? 1e-10 : 1e-5, name);
  }
}

class GrpoLossReference : public testing::TestWithParam<at::ScalarType> {};

TEST_P(GrpoLossReference, EveryCase) {
  const auto path = reference_file("grpo", "cases.json");
  HONE_SKIP_WITHOUT(path);
  const Json root = read_json_file(path);
  int run = 0;
  std::map<std::string, int> skipped;
  for (const Json& entry : root.at("cases")) {
    const std::string reason = unsupported(entry.at("settings"));
    if (reason.empty()) {
      check_case(entry, GetParam());
      ++run;
    } else {
      ++skipped[reason];
    }
  }
  std::cout << "grpo loss " << at::toString(GetParam()) << ": " << run << " cases run\n";
  for (const auto& [reason, count] : skipped)
    std::cout << "grpo loss: " << count << " skipped, not supported: " << reason << "\n";
  EXPECT_GT(run, 0);
}

INSTANTIATE_TEST_SUITE_P(Types, GrpoLossReference, testing::Values(at::kDouble, at::kFloat),
                         [](const auto& info) { return std::string(at::toString(info.param)); });

}  // namespace
}  // namespace hone
