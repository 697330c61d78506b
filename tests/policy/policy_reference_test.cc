// Log-probabilities and gradients against transformers (tests/reference/models/SOURCE.md), by both kinds of numerics.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/model_folder.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "tests/policy/policy_test_support.h"
#include "tests/policy/reference_tally.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

fs::path models_dir() {
  const char* dir = std::getenv("HONE_REFERENCE_DIR");
  return fs::path(dir != nullptr ? dir : HONE_SOURCE_DIR "/tests/reference") / "models";
}

std::vector<fs::path> model_folders() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(models_dir()))
    if (fs::exists(entry.path() / "config.json")) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

/// Null when the model is of a family that Hone does not have.
std::optional<ModelFolder> open_if_supported(const fs::path& dir, test::ReferenceTally& tally) {
  try {
    return open_model_folder(dir);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unimplemented) << dir << ": " << error.what();
    tally.unsupported(dir, error.what());
    return std::nullopt;
  }
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
    const at::Tensor actual = policy.score(batch, 1.0, Entropies::none).logprobs;
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
  const at::Tensor loss = -policy.score(batch, 1.0, Entropies::none).logprobs.mean();
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

void check_model(const fs::path& dir, const ModelFolder& folder, Numerics numerics, test::ReferenceTally& tally) {
  SCOPED_TRACE(dir.filename().string() + ", " + std::string(to_string(numerics)));
  Policy policy(folder.config, load_weights(folder).views(), {.numerics = numerics});
  int cases = 0;
  for (const char* file : {"cases.jsonl", "cases_long.jsonl"})
    if (fs::exists(dir / file)) cases += check_cases(policy, dir / file);
  const bool with_gradients = fs::exists(dir / "gradients.json");
  if (with_gradients) check_gradients(policy, read_json_file(dir / "gradients.json"));
  EXPECT_TRUE(cases > 0 || with_gradients) << dir << " has no cases";
  tally.checked(dir, std::to_string(cases) + (with_gradients ? " cases, gradients" : " cases"));
}

class PolicyReference : public testing::TestWithParam<Numerics> {};

TEST_P(PolicyReference, LogprobsAndGradientsOfEveryModel) {
  if (!fs::is_directory(models_dir())) GTEST_SKIP() << "no folder " << models_dir();
  test::ReferenceTally tally(models_dir());
  for (const fs::path& dir : model_folders())
    if (const auto folder = open_if_supported(dir, tally)) check_model(dir, *folder, GetParam(), tally);
  tally.finish();
}

INSTANTIATE_TEST_SUITE_P(Numerics, PolicyReference, testing::Values(Numerics::fast, Numerics::exact),
                         [](const auto& numerics) { return std::string(to_string(numerics.param)); });

}  // namespace
}  // namespace hone
