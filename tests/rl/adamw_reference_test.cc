#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rl/adamw.h"
#include "rl/lr_schedule.h"
#include "tests/rl/reference_files.h"

namespace hone {
namespace {

struct Variant {
  at::ScalarType type;
  bool fused;
};

at::Tensor flat_tensor(const Json& values, const Json& shape, at::ScalarType type) {
  return at::tensor(values.get<std::vector<double>>(), at::kDouble).reshape(shape.get<std::vector<int64_t>>()).to(type);
}

void expect_close(const at::Tensor& actual, const Json& expected, at::ScalarType type, const std::string& what) {
  const at::Tensor values = actual.detach().to(at::kDouble).contiguous();
  ASSERT_EQ(static_cast<std::size_t>(values.numel()), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double value = expected[i].get<double>();
    const double tolerance = type == at::kDouble ? 1e-9 * std::abs(value) + 1e-14 : 2e-6;
    EXPECT_NEAR(values.const_data_ptr<double>()[i], value, tolerance) << what << " element " << i;
  }
}

std::optional<LrSchedule> schedule_of(const Json& settings) {
  const Json& scheduler = settings.at("lr_scheduler");
  if (scheduler.is_null()) return std::nullopt;
  LrScheduleConfig config;
  config.type = lr_scheduler_type_from_string(scheduler.at("name").get<std::string>());
  config.learning_rate = settings.at("lr").get<double>();
  config.num_warmup_steps = scheduler.at("num_warmup_steps").get<int64_t>();
  config.num_training_steps = scheduler.at("num_training_steps").get<int64_t>();
  return LrSchedule(config);
}

AdamW make_optimizer(const Json& row, const Variant& variant, std::vector<at::Tensor>& parameters) {
  const Json& settings = row.at("settings");
  AdamWConfig config;
  config.beta1 = settings.at("betas").at(0).get<double>();
  config.beta2 = settings.at("betas").at(1).get<double>();
  config.epsilon = settings.at("eps").get<double>();
  config.weight_decay = settings.at("weight_decay").get<double>();
  config.fused = variant.fused;
  std::vector<bool> decay(row.at("param_shapes").size(), true);
  for (const Json& index : settings.at("no_decay_params")) decay.at(index.get<std::size_t>()) = false;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < decay.size(); ++i) {
    parameters.push_back(
        flat_tensor(row.at("initial_params").at(i), row["param_shapes"].at(i), variant.type).requires_grad_(true));
    names.push_back("p" + std::to_string(i));
  }
  return AdamW(parameters, names, config, decay);
}

void run(const Json& row, const Variant& variant) {
  const auto name = row.at("name").get<std::string>();
  const Json& settings = row.at("settings");
  std::vector<at::Tensor> parameters;
  AdamW optimizer = make_optimizer(row, variant, parameters);
  const auto schedule = schedule_of(settings);
  std::optional<double> max_norm;
  if (!settings.at("max_grad_norm").is_null()) max_norm = settings["max_grad_norm"].get<double>();
  int64_t t = 0;
  for (const Json& step : row.at("steps")) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      parameters[i].mutable_grad() = flat_tensor(step.at("grads").at(i), row["param_shapes"][i], variant.type);
    }
    const double norm = grad_norm(parameters);
    const double expected_norm = step.at("grad_norm").get<double>();
    EXPECT_NEAR(norm, expected_norm, (variant.type == at::kDouble ? 1e-9 : 1e-6) * expected_norm) << name;
    const double rate = schedule ? schedule->rate(t) : settings.at("lr").get<double>();
    EXPECT_NEAR(rate, step.at("lr").get<double>(), 1e-11 * rate) << name;
    optimizer.step(rate, max_norm ? clip_factor(norm, *max_norm) : 1.0);
    ++t;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const std::string what = name + " step " + std::to_string(t) + " tensor " + std::to_string(i);
      expect_close(parameters[i], step.at("params").at(i), variant.type, what + " params");
      expect_close(optimizer.exp_avg()[i], step.at("exp_avg").at(i), variant.type, what + " exp_avg");
      expect_close(optimizer.exp_avg_sq()[i], step.at("exp_avg_sq").at(i), variant.type, what + " exp_avg_sq");
    }
  }
}

class AdamWReference : public testing::TestWithParam<Variant> {};

TEST_P(AdamWReference, EveryRun) {
  const auto path = reference_file("optim", "adamw.jsonl");
  HONE_SKIP_WITHOUT(path);
  int runs = 0;
  for_each_jsonl(path, [&](const Json& row, std::size_t) {
    run(row, GetParam());
    ++runs;
  });
  std::cout << "adamw: " << runs << " runs\n";
  EXPECT_GT(runs, 0);
}

INSTANTIATE_TEST_SUITE_P(Variants, AdamWReference,
                         testing::Values(Variant{at::kDouble, true}, Variant{at::kDouble, false},
                                         Variant{at::kFloat, true}, Variant{at::kFloat, false}),
                         [](const auto& info) {
                           return std::string(at::toString(info.param.type)) + (info.param.fused ? "Fused" : "Aten");
                         });

}  // namespace
}  // namespace hone
