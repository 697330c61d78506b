// What the small tests show, at the size of real models: seconds each.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <vector>

#include "policy/generator.h"
#include "policy/model_folder.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "tests/policy/format_test_support.h"
#include "tests/policy/generator_test_support.h"
#include "tests/policy/head_memory.h"

namespace hone::test {
namespace {

TEST(RealSize, HeadTakesLittleMemoryFor16kTokensAnd49kWords) {
  const int64_t peak = peak_bytes(16384, 49152, Numerics::exact);
  std::cout << "  " << (peak >> 20) << " MiB beyond inputs and gradients\n";
  EXPECT_LE(peak, int64_t{400} * 1000 * 1000);
}

TEST(RealSize, LearnerRepeatsSmolLm2sLogProbabilities) {
  const char* given = std::getenv("HONE_SMOLLM2_DIR");
  const std::filesystem::path dir = given != nullptr && *given != '\0' ? given : HONE_SOURCE_DIR "/models/smollm2-135m-instruct";
  if (!std::filesystem::exists(dir / "config.json")) GTEST_SKIP() << dir << " is absent; set HONE_SMOLLM2_DIR";
  const ModelFolder folder = open_model_folder(dir);
  const WeightSet weights = load_weights(folder);
  std::vector<RolloutRequest> requests;
  for_each_jsonl(reference_dir() / "smollm2" / "greedy.jsonl", [&](const Json& row, std::size_t line) {
    RolloutRequest request;
    request.key = {.run_seed = 3, .step = 1, .slot = static_cast<uint32_t>(line)};
    request.prompt_token_ids = row.at("prompt_ids").get<std::vector<int32_t>>();
    request.num_generations = 4;
    request.params.max_new_tokens = 48;
    if (requests.size() < 4) requests.push_back(request);
  });
  std::vector<RolloutResult> results(requests.size());
  {
    Engine engine(folder.config, weights, nullptr, {}, 2);
    engine.generator.generate(requests, [&](std::size_t i, RolloutResult r) { results[i] = std::move(r); });
  }
  PackedBatch batch;
  std::vector<float> expected;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    std::vector<std::vector<int32_t>> completions;
    for (const Completion& c : results[i].completions) {
      completions.push_back(c.token_ids);
      expected.insert(expected.end(), c.logprobs.begin(), c.logprobs.end());
    }
    batch.add_group(requests[i].prompt_token_ids, completions);
  }
  ASSERT_GT(expected.size(), 200u);
  const at::NoGradGuard no_grad;
  Policy policy(folder.config, weights.views(), {.requires_grad = false, .numerics = Numerics::exact});
  const TokenScores scores = policy.score(batch, 1.0, Entropies::none);
  ASSERT_EQ(scores.logprobs.numel(), static_cast<int64_t>(expected.size()));
  EXPECT_EQ(std::memcmp(scores.logprobs.const_data_ptr<float>(), expected.data(), expected.size() * sizeof(float)), 0);
}

}  // namespace
}  // namespace hone::test
