// A completion is a function of (weights, prompt, params, key, sample) alone: bits compared over batch limits, threads, company.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "policy/kernels/simd_targets.h"
#include "tests/policy/generator_test_support.h"
#include "tests/policy/naive_transformer.h"

namespace hone::test {
namespace {

std::vector<RolloutRequest> many_requests(const ModelConfig& config, uint32_t count) {
  std::vector<RolloutRequest> requests;
  for (uint32_t i = 0; i < count; ++i) {
    RolloutRequest r;
    r.group_id = "3/" + std::to_string(i);
    r.key = {.run_seed = 99, .step = 3, .slot = i};
    r.prompt_token_ids = random_prompt(1 + (i * 7) % 61, config.vocab_size, i);
    r.num_generations = static_cast<int32_t>(1 + i % 3);
    r.params.max_new_tokens = static_cast<int32_t>(1 + (i * 5) % 24);
    r.params.temperature = i % 5 == 4 ? 0.0 : 0.9;
    if (i % 4 == 1) r.params.top_p = 0.8;
    if (i % 4 == 2) r.params.top_k = 12;
    if (i % 6 == 3) r.params.repetition_penalty = 1.2;
    requests.push_back(r);
  }
  return requests;
}

void expect_same(const RolloutResult& a, const RolloutResult& b, const std::string& what) {
  ASSERT_EQ(a.group_id, b.group_id) << what;
  ASSERT_EQ(a.completions.size(), b.completions.size()) << what;
  for (std::size_t s = 0; s < a.completions.size(); ++s) {
    const Completion &x = a.completions[s], &y = b.completions[s];
    ASSERT_EQ(x.token_ids, y.token_ids) << what << " sample " << s;
    ASSERT_EQ(std::memcmp(x.logprobs.data(), y.logprobs.data(), x.logprobs.size() * sizeof(float)), 0) << what << " sample " << s;
    ASSERT_EQ(x.finish_reason, y.finish_reason) << what;
  }
}

TEST(GeneratorIdentity, CompanyLimitsAndThreadsDoNotMatter) {
  const ModelConfig config = random_model_config();
  const WeightSet weights = random_weights(config, 0.08, 4);
  const std::vector<RolloutRequest> requests = many_requests(config, 65);
  Engine first(config, weights);
  const std::vector<RolloutResult> expected = first.run(requests);
  const int64_t total_prompt_tokens = first.stats.prompt_tokens;

  for (const uint32_t i : {0u, 13u, 33u, 64u}) {
    expect_same(first.run({&requests[i], 1})[0], expected[i], "alone " + std::to_string(i));
  }
  for (const int threads : {1, 2, 3}) {
    for (const int32_t rows : {1, 7, 64}) {
      for (const int32_t prefill : {3, 512}) {
        if (threads == 3 && rows != 64) continue;
        Engine engine(config, weights, nullptr, {.max_batch_rows = rows, .max_prefill_rows = prefill}, threads);
        const std::vector<RolloutResult> results = engine.run(requests);
        for (std::size_t i = 0; i < requests.size(); ++i) {
          expect_same(results[i], expected[i],
                      std::to_string(threads) + " threads, " + std::to_string(rows) + "/" + std::to_string(prefill) + " rows, request " +
                          std::to_string(i));
        }
        EXPECT_EQ(engine.stats.prompt_tokens, total_prompt_tokens);
      }
    }
  }
}

TEST(GeneratorIdentity, StoredWeightsAreTheirFloat32ValuesInAnyCompany) {
  for (const WeightStorage storage : {WeightStorage::bfloat16, WeightStorage::int8}) {
    for (const bool tied : {true, false}) {
      const ModelConfig config = random_model_config(tied, !tied);
      const WeightSet weights = random_weights(config, 0.08, 4);
      const std::vector<RolloutRequest> requests = many_requests(config, 30);
      const std::vector<RolloutResult> expected = Engine(config, stored_weights(weights, storage)).run(requests);
      for (const int32_t rows : {1, 7, 64}) {
        Engine engine(config, weights, nullptr, {.max_batch_rows = rows, .max_prefill_rows = 5 * rows, .weight_storage = storage}, 1 + rows % 3);
        const std::vector<RolloutResult> results = engine.run(requests);
        for (std::size_t i = 0; i < requests.size(); ++i) expect_same(results[i], expected[i], std::string(to_string(storage)));
      }
    }
  }
}

TEST(GeneratorIdentity, LogprobsEqualTeacherForcedOnes) {
  for (const bool tied : {true, false}) {
    const ModelConfig config = random_model_config(tied, !tied);
    const WeightSet weights = random_weights(config, 0.08, 4);
    const std::vector<RolloutRequest> requests = many_requests(config, 20);
    Engine engine(config, weights, nullptr, {}, 2);
    const std::vector<RolloutResult> results = engine.run(requests);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      std::vector<std::vector<int32_t>> sequences;
      for (const Completion& c : results[i].completions) {
        sequences.push_back(requests[i].prompt_token_ids);
        sequences.back().insert(sequences.back().end(), c.token_ids.begin(), c.token_ids.end());
      }
      const auto forced = engine.generator.logprobs(sequences, requests[i].params.temperature);
      for (std::size_t s = 0; s < sequences.size(); ++s) {
        const std::vector<float>& own = results[i].completions[s].logprobs;
        ASSERT_EQ(forced[s].size(), sequences[s].size() - 1);
        const std::vector<float> tail(forced[s].end() - static_cast<std::ptrdiff_t>(own.size()), forced[s].end());
        ASSERT_EQ(tail, own) << "request " << i << " sample " << s;
      }
    }
  }
}

TEST(GeneratorIdentity, EverySimdTargetEqualsTheNaiveModel) {
  for (const bool qk_norm : {false, true}) {
    const ModelConfig config = random_model_config(!qk_norm, qk_norm);
    const WeightSet weights = random_weights(config, 0.05, 9);
    const std::vector<std::vector<int32_t>> sequences = {random_prompt(45, config.vocab_size, 1), random_prompt(1, config.vocab_size, 2)};
    const NaiveTransformer naive(config, weights);
    for (const int64_t target : runnable_simd_targets()) {
      const ScopedSimdTarget scope(target);
      Engine engine(config, weights, nullptr, {.max_prefill_rows = 17}, 2);
      const auto last = engine.generator.last_logits(sequences);
      const auto logprobs = engine.generator.logprobs(sequences);
      for (std::size_t s = 0; s < sequences.size(); ++s) {
        const auto expected = naive.logits(sequences[s]);
        ASSERT_EQ(last[s].size(), static_cast<std::size_t>(config.vocab_size));
        for (std::size_t v = 0; v < last[s].size(); ++v) {
          ASSERT_NEAR(last[s][v], expected.back()[v], 1e-4) << simd_target_name(target);
        }
        for (std::size_t t = 0; t + 1 < sequences[s].size(); ++t) {
          double sum = 0.0;
          for (const double l : expected[t]) sum += std::exp(l);
          ASSERT_NEAR(logprobs[s][t], expected[t][static_cast<std::size_t>(sequences[s][t + 1])] - std::log(sum), 1e-4);
        }
      }
    }
  }
}

TEST(GeneratorIdentity, SamplesOfARequestDifferAndNewWeightsCount) {
  const ModelConfig config = random_model_config();
  Engine engine(config, random_weights(config, 0.02, 4));
  RolloutRequest request;
  request.prompt_token_ids = {1, 2, 3};
  request.num_generations = 4;
  request.params.max_new_tokens = 12;
  request.params.ignore_eos = true;
  const RolloutResult before = engine.run({&request, 1})[0];
  EXPECT_NE(before.completions[0].token_ids, before.completions[1].token_ids);
  EXPECT_NE(before.completions[1].token_ids, before.completions[3].token_ids);
  EXPECT_EQ(before.completions[2].versions, std::vector<uint64_t>(12, 7));

  const WeightSet other = random_weights(config, 0.02, 5);
  engine.generator.load_weights(other.views(), 8);
  EXPECT_EQ(engine.generator.version(), 8u);
  const RolloutResult after = engine.run({&request, 1})[0];
  EXPECT_NE(after.completions[0].token_ids, before.completions[0].token_ids);
  EXPECT_EQ(after.completions[0].versions, std::vector<uint64_t>(12, 8));
  expect_same(Engine(config, other).run({&request, 1})[0], after, "fresh engine");
}

}  // namespace
}  // namespace hone::test
