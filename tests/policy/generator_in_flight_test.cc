// In-flight updates: new weights take over between two tokens of running completions, and nothing else changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "tests/policy/generator_test_support.h"
#include "tests/policy/naive_transformer.h"
#include "tests/proto/error_of.h"

namespace hone::test {
namespace {

using hone::testing::error_of;

RolloutRequest request_of(uint32_t slot, int32_t tokens, int64_t vocabulary) {
  RolloutRequest r;
  r.group_id = "0/" + std::to_string(slot);
  r.key = {.run_seed = 11, .step = 0, .slot = slot};
  r.prompt_token_ids = random_prompt(9, vocabulary, slot);
  r.num_generations = 2;
  r.params.max_new_tokens = tokens;
  r.params.ignore_eos = true;
  return r;
}

/// A short request, whose end brings the new weights, beside a long one, and one that waits until the short one's rows are free.
struct InFlight : ::testing::Test {
  const ModelConfig config = random_model_config();
  const WeightSet before = random_weights(config, 0.08, 4), after = random_weights(config, 0.08, 5);
  const std::vector<RolloutRequest> requests = {request_of(0, 40, config.vocab_size), request_of(1, 6, config.vocab_size),
                                                request_of(2, 5, config.vocab_size)};
  static constexpr uint64_t kBefore = 7, kAfter = 9;

  std::vector<RolloutResult> run(const WeightSet& next, int threads) const {
    Engine engine(config, before, nullptr, {.max_batch_rows = 4}, threads, kBefore);
    std::vector<RolloutResult> results(requests.size());
    engine.generator.generate(requests, [&](std::size_t i, RolloutResult r) {
      results[i] = std::move(r);
      if (i == 1) engine.generator.stage_weights(next.views(), kAfter);
    });
    EXPECT_EQ(engine.generator.version(), kAfter);
    return results;
  }
  std::vector<RolloutResult> run_with(const WeightSet& weights, uint64_t version) const {
    return Engine(config, weights, nullptr, {.max_batch_rows = 4}, 1, version).run(requests);
  }
};

TEST_F(InFlight, TokensKeepTheVersionThatMadeThem) {
  const auto results = run(after, 1);
  const std::vector<uint64_t>& versions = results[0].completions[0].versions;
  ASSERT_EQ(versions.size(), 40u);
  const auto change = std::find(versions.begin(), versions.end(), kAfter);
  EXPECT_EQ(change - versions.begin(), 6) << "tokens of the long completion when the short one had all of its 6";
  EXPECT_TRUE(std::all_of(versions.begin(), change, [](uint64_t v) { return v == kBefore; }));
  EXPECT_TRUE(std::all_of(change, versions.end(), [](uint64_t v) { return v == kAfter; }));
  for (const uint64_t v : results[1].completions[1].versions) EXPECT_EQ(v, kBefore);
  for (const uint64_t v : results[2].completions[1].versions) EXPECT_EQ(v, kAfter);
}

TEST_F(InFlight, WhatCameBeforeAndWhatBeginsAfterwardsIsAsEver) {
  const auto results = run(after, 2);
  const auto old_ones = run_with(before, kBefore), new_ones = run_with(after, kAfter);
  for (std::size_t s = 0; s < 2; ++s) {
    const Completion &mixed = results[0].completions[s], &old_one = old_ones[0].completions[s];
    EXPECT_TRUE(std::equal(mixed.token_ids.begin(), mixed.token_ids.begin() + 6, old_one.token_ids.begin()));
    EXPECT_TRUE(std::equal(mixed.logprobs.begin(), mixed.logprobs.begin() + 6, old_one.logprobs.begin()));
    EXPECT_NE(mixed.token_ids, old_one.token_ids);
    EXPECT_EQ(results[1].completions[s].logprobs, old_ones[1].completions[s].logprobs);
    EXPECT_EQ(results[2].completions[s].token_ids, new_ones[2].completions[s].token_ids);
    EXPECT_EQ(results[2].completions[s].logprobs, new_ones[2].completions[s].logprobs);
  }
}

TEST_F(InFlight, TheSameWeightsAgainChangeNoBits) {
  const auto results = run(before, 1);
  const auto expected = run_with(before, kBefore);
  for (std::size_t i = 0; i < requests.size(); ++i)
    for (std::size_t s = 0; s < 2; ++s) {
      EXPECT_EQ(results[i].completions[s].token_ids, expected[i].completions[s].token_ids);
      EXPECT_EQ(results[i].completions[s].logprobs, expected[i].completions[s].logprobs);
    }
}

TEST_F(InFlight, LaterTokensAttendToTheOldKeysAndValues) {
  const Completion mixed = run(after, 1)[0].completions[1];
  std::vector<int32_t> ids = requests[0].prompt_token_ids;
  const std::size_t prompt = ids.size();
  ids.insert(ids.end(), mixed.token_ids.begin(), mixed.token_ids.end());
  NaiveTransformer naive(config, before);
  naive.switch_at(prompt + 5, after);  // the sixth token, the last of the old weights, is read by the new ones
  const auto logits = naive.logits(ids);
  for (std::size_t t = 0; t < mixed.token_ids.size(); ++t)
    ASSERT_NEAR(mixed.logprobs[t], log_probability(logits[prompt + t - 1], mixed.token_ids[t]), 1e-4) << "token " << t;
}

TEST_F(InFlight, TheNewestOfSeveralCountsAndBadOnesChangeNothing) {
  ThreadPool pool(1);
  Generator generator(config, nullptr, pool, {});
  std::vector<RolloutResult> results(requests.size());
  const auto generate = [&] { generator.generate(requests, [&](std::size_t i, RolloutResult r) { results[i] = std::move(r); }); };
  EXPECT_EQ(error_of(generate), ErrorCode::failed_precondition);
  generator.stage_weights(before.views(), 1);
  generator.stage_weights(after.views(), 2);
  WeightSet bad = before;
  bad.tensors.pop_back();
  EXPECT_EQ(error_of([&] { generator.stage_weights(bad.views(), 3); }), ErrorCode::invalid_argument);
  generate();
  EXPECT_EQ(results[0].completions[0].token_ids, run_with(after, 2)[0].completions[0].token_ids);
  EXPECT_EQ(generator.version(), 2u);

  generator.stage_weights(before.views(), 4);
  generator.load_weights(after.views(), 5);  // later than what waits
  generate();
  EXPECT_EQ(results[0].completions[0].versions[0], 5u);
  generator.stage_weights(before.views(), 6);
  generator.release_weights();
  EXPECT_EQ(error_of(generate), ErrorCode::failed_precondition);
}

TEST_F(InFlight, AnotherThreadStagesWhileGenerationRuns) {
  Engine engine(config, before, nullptr, {.max_batch_rows = 4}, 2, 1);
  std::atomic<bool> done{false};
  uint64_t last = 1;
  std::thread learner([&] {
    while (!done) engine.generator.stage_weights((last % 2 == 0 ? before : after).views(), last + 1), ++last;
  });
  for (int round = 0; round < 3; ++round)
    for (const RolloutResult& result : engine.run(requests))
      for (const Completion& c : result.completions) {
        EXPECT_EQ(c.versions.size(), c.token_ids.size());
        EXPECT_TRUE(std::is_sorted(c.versions.begin(), c.versions.end()));
      }
  done = true;
  learner.join();
  engine.run(requests);
  EXPECT_EQ(engine.generator.version(), last);
}

}  // namespace
}  // namespace hone::test
