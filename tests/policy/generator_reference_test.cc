// The generator against transformers on tiny random checkpoints (tests/reference/models/SOURCE.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "policy/model_folder.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "proto/base/log.h"
#include "tests/policy/format_test_support.h"
#include "tests/policy/generator_test_support.h"
#include "tests/policy/reference_tally.h"

namespace hone::test {
namespace {

struct Differences {
  double logprob = 0.0, logit = 0.0;
  int cases = 0, greedy = 0;
};

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) worst = std::max(worst, static_cast<double>(std::abs(a[i] - b[i])));
  return worst;
}

/// Arg-max by whole passes over the growing sequence: no cache between tokens.
std::vector<int32_t> greedy_without_cache(Generator& generator, std::vector<int32_t> ids, std::size_t count) {
  std::vector<int32_t> added;
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<float> logits = generator.last_logits({&ids, 1})[0];
    added.push_back(static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
    ids.push_back(added.back());
  }
  return added;
}

void check_case(Engine& engine, const Json& row, Differences& differences) {
  const std::string name = row.at("name").get<std::string>();
  const auto ids = row.at("input_ids").get<std::vector<int32_t>>();
  const double logprob = largest_difference(engine.generator.logprobs({&ids, 1})[0], row.at("logprobs").get<std::vector<float>>());
  const double logit = largest_difference(engine.generator.last_logits({&ids, 1})[0], row.at("last_logits").get<std::vector<float>>());
  EXPECT_LT(logprob, 3e-4) << name;
  EXPECT_LT(logit, 3e-4) << name;
  differences.logprob = std::max(differences.logprob, logprob);
  differences.logit = std::max(differences.logit, logit);
  ++differences.cases;
  if (!row.contains("greedy")) return;
  const auto greedy = row.at("greedy").get<std::vector<int32_t>>();
  RolloutRequest request;
  request.prompt_token_ids = ids;
  request.params.temperature = 0.0;
  request.params.max_new_tokens = static_cast<int32_t>(greedy.size());
  request.params.ignore_eos = true;
  EXPECT_EQ(engine.one(request).token_ids, greedy) << name;
  EXPECT_EQ(greedy_without_cache(engine.generator, ids, greedy.size()), greedy) << name;
  ++differences.greedy;
}

TEST(GeneratorReference, EqualsTransformers) {
  const std::filesystem::path dir = reference_dir() / "models";
  if (!std::filesystem::exists(dir)) GTEST_SKIP() << dir << " is absent";
  ReferenceTally tally(dir);
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    if (!std::filesystem::exists(entry.path() / "config.json")) continue;
    const std::string name = entry.path().filename().string();
    ModelFolder folder;
    try {
      folder = open_model_folder(entry.path());
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::unimplemented) << name << ": " << error.what();
      tally.unsupported(entry.path(), error.what());
      continue;
    }
    Engine engine(folder.config, load_weights(folder), nullptr, {}, 2);
    Differences differences;
    for (const char* file : {"cases.jsonl", "cases_long.jsonl"}) {
      if (!std::filesystem::exists(entry.path() / file)) continue;
      for_each_jsonl(entry.path() / file, [&](const Json& row, std::size_t) { check_case(engine, row, differences); });
    }
    EXPECT_GT(differences.cases, 0) << name;
    tally.checked(entry.path(), join(differences.cases, " cases, ", differences.greedy, " greedy, log-probabilities within ", differences.logprob,
                                     ", logits within ", differences.logit));
  }
  tally.finish();
}

}  // namespace
}  // namespace hone::test
