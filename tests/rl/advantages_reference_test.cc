#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "proto/base/json.h"
#include "rl/advantages.h"
#include "tests/rl/reference_files.h"

namespace hone {
namespace {

double number(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

void expect_close(double actual, const Json& expected, const std::string& what) {
  if (expected.is_null()) {
    EXPECT_TRUE(std::isnan(actual)) << what;
  } else {
    EXPECT_NEAR(actual, expected.get<double>(), 1e-10) << what;
  }
}

AdvantageConfig read_config(const Json& settings) {
  AdvantageConfig config;
  config.scale_rewards = scale_rewards_from_string(settings.at("scale_rewards").get<std::string>());
  config.multi_objective_aggregation =
      multi_objective_aggregation_from_string(settings.at("multi_objective_aggregation").get<std::string>());
  return config;
}

void check_case(const Json& entry, const AdvantageConfig& config) {
  const Json& inputs = entry.at("inputs");
  std::vector<double> rewards;
  for (const Json& row : inputs.at("rewards_per_func")) {
    for (const Json& value : row) rewards.push_back(number(value));
  }
  const auto result = group_advantages(rewards, inputs.at("reward_weights").get<std::vector<double>>(),
                                       inputs.at("num_generations").get<int64_t>(), config);

  const auto name = entry.at("name").get<std::string>();
  const Json& advantages = entry.at("expected").at("advantages");
  ASSERT_EQ(result.advantages.size(), advantages.size()) << name;
  for (std::size_t i = 0; i < advantages.size(); ++i)
    expect_close(result.advantages[i], advantages[i], name + " row " + std::to_string(i));

  const Json& metrics = entry["expected"].at("reward_metrics");
  expect_close(result.reward.mean, metrics.at("reward"), name + " reward");
  expect_close(result.reward.std_dev, metrics.at("reward_std"), name + " reward_std");
  expect_close(result.frac_reward_zero_std, metrics.at("frac_reward_zero_std"), name + " frac_reward_zero_std");
  for (std::size_t k = 0; k < result.functions.size(); ++k) {
    const std::string prefix = "rewards/r" + std::to_string(k);
    expect_close(result.functions[k].mean, metrics.at(prefix + "/mean"), name + " " + prefix);
    expect_close(result.functions[k].std_dev, metrics.at(prefix + "/std"), name + " " + prefix);
  }
}

class AdvantagesReference : public testing::TestWithParam<const char*> {};

TEST_P(AdvantagesReference, EveryCase) {
  const auto path = reference_file(GetParam(), "cases.json");
  HONE_SKIP_WITHOUT(path);
  const Json root = read_json_file(path);
  for (const Json& entry : root.at("cases")) check_case(entry, read_config(entry.at("settings")));
  std::cout << GetParam() << " advantages: " << root["cases"].size() << " cases run\n";
  EXPECT_GT(root["cases"].size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Packs, AdvantagesReference, testing::Values("grpo", "grpo_combinations"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace hone
