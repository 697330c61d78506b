// filtered_distribution and sample_token against transformers' logits processors (tests/reference/sampling/SOURCE.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "policy/sampling.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "tests/policy/format_test_support.h"

namespace hone::test {
namespace {

SamplingParams settings_of(const Json& settings) {
  SamplingParams params;
  params.temperature = settings.at("temperature").get<double>();
  params.top_k = settings.at("top_k").get<int32_t>();
  params.top_p = settings.at("top_p").get<double>();
  if (!settings.at("min_p").is_null()) params.min_p = settings.at("min_p").get<double>();
  params.repetition_penalty = settings.at("repetition_penalty").get<double>();
  return params;
}

TEST(SamplingReference, EqualsTransformers) {
  const std::filesystem::path dir = reference_dir() / "sampling";
  if (!std::filesystem::exists(dir)) GTEST_SKIP() << dir << " is absent";
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    if (entry.path().extension() != ".jsonl") continue;
    for_each_jsonl(entry.path(), [&](const Json& row, std::size_t) {
      const std::string name = row.at("name").get<std::string>();
      const auto logits = row.at("logits").get<std::vector<float>>();
      const auto previous = row.at("previous_ids").get<std::vector<int32_t>>();
      const auto ids = row.at("probs").at("ids").get<std::vector<int32_t>>();
      const auto values = row.at("probs").at("values").get<std::vector<double>>();
      const SamplingParams params = settings_of(row.at("settings"));
      const std::vector<TokenProbability> got = filtered_distribution(logits, previous, params);
      ASSERT_EQ(got.size(), row.at("n_kept").get<std::size_t>()) << name;
      double before = 0.0;
      for (std::size_t i = 0; i < got.size(); ++i) {
        ASSERT_EQ(got[i].id, ids[i]) << name;
        ASSERT_NEAR(got[i].probability, values[i], 1e-6) << name << " token " << ids[i];
        if (got[i].probability > 1e-5) {
          ASSERT_EQ(sample_token(logits, previous, params, before + 0.5 * got[i].probability).id, ids[i]) << name;
        }
        before += got[i].probability;
      }
      ++cases;
    });
  }
  RecordProperty("cases", cases);
  EXPECT_GT(cases, 0);
}

}  // namespace
}  // namespace hone::test
