// Log-probabilities and gradients against transformers (tests/reference/models/SOURCE.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "policy/model_folder.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "tests/policy/policy_test_support.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

fs::path models_dir() {
  const char* dir = std::getenv("HONE_REFERENCE_DIR");
  return fs::path(dir != nullptr ? dir : HONE_SOURCE_DIR "/tests/reference") / "models";
}

/// Folders of the families that the learner has; the others are printed.
std::vector<fs::path> supported_models() {
  std::vector<fs::path> found;
  if (!fs::is_directory(models_dir())) return found;
  for (const auto& entry : fs::directory_iterator(models_dir())) {
    if (!fs::exists(entry.path() / "config.json")) continue;
    const std::string type = read_json_file(entry.path() / "config.json").value("model_type", "");
    if (std::set<std::string>{"llama", "qwen2", "qwen3"}.contains(type)) {
      found.push_back(entry.path());
    } else {
      std::cout << "skipped: " << entry.path().filename().string() << " (model_type " << type << ")\n";
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Policy load_policy(const fs::path& dir) {
  const ModelFolder folder = open_model_folder(dir);
  const WeightSet weights = load_weights(folder);
  return Policy(folder.config, weights.views(), {});
}

int check_cases(Policy& policy, const fs::path& file) {
  int count = 0;
  for_each_jsonl(file, [&](const Json& row, std::size_t) {
    const auto ids = row.at("input_ids").get<std::vector<int32_t>>();
    const auto expected = row.at("logprobs").get<std::vector<float>>();
    if (expected.empty()) return;
    PackedBatch batch;
    batch.add_sequence(ids);
    const at::NoGradGuard no_grad;
    const at::Tensor actual = policy.score(batch, 1.0, false).logprobs;
    ASSERT_EQ(actual.size(0), static_cast<int64_t>(expected.size()));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(actual.const_data_ptr<float>()[i], expected[i], 3e-4) << row.value("name", "") << " element " << i;
    }
    ++count;
  });
  return count;
}

void check_parameter(const Json& expected, const at::Tensor& gradient, const std::string& name) {
  const double l2 = expected.at("l2").get<double>();
  EXPECT_EQ(expected.at("shape").get<std::vector<int64_t>>(), gradient.sizes().vec()) << name;
  EXPECT_NEAR(gradient.to(at::kDouble).norm().item<double>(), l2, 1e-4 * l2) << name;
  for (const Json& sample : expected.at("samples")) {
    const double value = sample.at(1).get<double>();
    EXPECT_NEAR(gradient.const_data_ptr<float>()[sample.at(0).get<int64_t>()], value, 1e-4 * std::abs(value) + 1e-4 * l2) << name;
  }
}

void check_gradients(Policy& policy, const Json& expected) {
  const auto ids = expected.at("input_ids").get<std::vector<int32_t>>();
  PackedBatch batch;
  batch.add_sequence(ids);
  policy.zero_grad();
  const at::Tensor loss = -policy.score(batch, 1.0, false).logprobs.mean();
  EXPECT_NEAR(loss.item<double>(), expected.at("loss").get<double>(), 2e-5);
  torch::autograd::backward({loss});
  std::map<std::string, at::Tensor> gradients;
  for (std::size_t i = 0; i < policy.parameters().size(); ++i) gradients[policy.parameter_names()[i]] = policy.parameters()[i].grad();
  EXPECT_EQ(expected.at("parameters").size(), gradients.size());
  for (const Json& parameter : expected.at("parameters")) {
    const auto name = parameter.at("name").get<std::string>();
    ASSERT_TRUE(gradients.contains(name)) << name;
    check_parameter(parameter, gradients[name].contiguous(), name);
  }
}

TEST(PolicyReference, LogprobsAndGradientsOfEveryModel) {
  int models = 0, cases = 0, with_gradients = 0;
  for (const fs::path& dir : supported_models()) {
    SCOPED_TRACE(dir.filename().string());
    Policy policy = load_policy(dir);
    for (const char* file : {"cases.jsonl", "cases_long.jsonl"}) {
      if (fs::exists(dir / file)) cases += check_cases(policy, dir / file);
    }
    if (fs::exists(dir / "gradients.json")) {
      check_gradients(policy, read_json_file(dir / "gradients.json"));
      ++with_gradients;
    }
    ++models;
  }
  if (models == 0) GTEST_SKIP() << "no supported model under " << models_dir();
  std::cout << models << " models, " << cases << " cases, " << with_gradients << " gradient files\n";
  EXPECT_GT(cases + with_gradients, 0);
}

}  // namespace
}  // namespace hone
