// SmolLM2-135M-Instruct against transformers (tests/reference/smollm2/SOURCE.md). Needs the imported model folder.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "policy/model_folder.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "tests/policy/format_test_support.h"
#include "tests/policy/generator_test_support.h"

namespace hone::test {
namespace {

class SmolLm2 : public testing::Test {
 protected:
  void SetUp() override {
    const char* given = std::getenv("HONE_SMOLLM2_DIR");
    const std::filesystem::path dir = given != nullptr && *given != '\0' ? given : HONE_SOURCE_DIR "/models/smollm2-135m-instruct";
    if (!std::filesystem::exists(dir / "config.json")) GTEST_SKIP() << dir << " is absent; set HONE_SMOLLM2_DIR";
    if (!std::filesystem::exists(reference_)) GTEST_SKIP() << reference_ << " is absent";
    const ModelFolder folder = open_model_folder(dir);
    engine_ = std::make_unique<Engine>(folder.config, load_weights(folder), nullptr, GeneratorOptions{}, 0);
  }

  const std::filesystem::path reference_ = reference_dir() / "smollm2";
  std::unique_ptr<Engine> engine_;
};

TEST_F(SmolLm2, Logprobs) {
  double worst = 0.0;
  for_each_jsonl(reference_ / "logprobs.jsonl", [&](const Json& row, std::size_t line) {
    const auto ids = row.at("input_ids").get<std::vector<int32_t>>();
    const auto expected = row.at("logprobs").get<std::vector<double>>();
    const std::vector<float> got = engine_->generator.logprobs({&ids, 1})[0];
    ASSERT_EQ(got.size(), expected.size()) << line;
    double sum = 0.0;
    for (std::size_t t = 0; t < got.size(); ++t) {
      worst = std::max(worst, std::abs(got[t] - expected[t]));
      sum += got[t];
    }
    EXPECT_NEAR(sum, row.at("sum_logprob").get<double>(), 5e-3) << line;
  });
  EXPECT_LT(worst, 5e-4);
  std::cout << "  largest difference " << worst << "\n";
}

TEST_F(SmolLm2, GreedyPrefixes) {
  std::vector<RolloutRequest> requests;
  std::vector<std::vector<int32_t>> expected;
  for_each_jsonl(reference_ / "greedy.jsonl", [&](const Json& row, std::size_t) {
    RolloutRequest request;
    request.prompt_token_ids = row.at("prompt_ids").get<std::vector<int32_t>>();
    request.params.temperature = 0.0;
    request.params.ignore_eos = true;
    expected.push_back(row.at("greedy").get<std::vector<int32_t>>());
    expected.back().resize(row.at("safe_prefix").get<std::size_t>());
    request.params.max_new_tokens = static_cast<int32_t>(std::max<std::size_t>(1, expected.back().size()));
    requests.push_back(request);
  });
  const std::vector<RolloutResult> results = engine_->run(requests);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    std::vector<int32_t> got = results[i].completions[0].token_ids;
    got.resize(expected[i].size());
    EXPECT_EQ(got, expected[i]) << i;
  }
}

}  // namespace
}  // namespace hone::test
