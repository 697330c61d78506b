#include "rl/micro_batch.h"

#include <gtest/gtest.h>

#include "proto/base/random.h"

namespace hone {
namespace {

Completion completion(std::size_t length, int32_t first_id, FinishReason finish = FinishReason::stop_token) {
  Completion c;
  for (std::size_t i = 0; i < length; ++i) {
    c.token_ids.push_back(first_id + static_cast<int32_t>(i));
    c.logprobs.push_back(-0.5f * static_cast<float>(i + 1));
  }
  c.finish_reason = finish;
  return c;
}

std::vector<Group> random_groups(uint64_t seed) {
  PhiloxStream rng(seed);
  std::vector<Group> groups(6);
  for (Group& g : groups) {
    for (uint64_t i = 0; i < 2 + rng.next_below(6); ++i) g.prompt_token_ids.push_back(static_cast<int32_t>(rng.next_below(50)));
    for (int s = 0; s < 5; ++s) {
      g.completions.push_back(completion(1 + rng.next_below(9), static_cast<int32_t>(rng.next_below(50))));
      g.advantages.push_back(rng.next_below(3) == 0 ? 0.0 : rng.next_uniform() - 0.5);
    }
  }
  return groups;
}

TEST(MicroBatch, EveryKeptTokenIsATargetOnceInOrder) {
  for (int64_t max_rows : {1, 12, 40, 100000}) {
    const auto groups = random_groups(3);
    const StepWork work = plan_work(groups, {.max_rows = max_rows});
    std::vector<int32_t> expected;
    std::vector<double> advantages;
    int64_t tokens = 0;
    for (const Group& g : groups) {
      for (std::size_t i = 0; i < g.completions.size(); ++i) {
        tokens += static_cast<int64_t>(g.completions[i].token_ids.size());
        if (g.advantages[i] == 0.0) continue;
        advantages.push_back(g.advantages[i]);
        for (int32_t id : g.completions[i].token_ids) expected.push_back(id);
      }
    }
    std::vector<int32_t> targets;
    std::vector<double> seen;
    for (const MicroBatch& m : work.micro_batches) {
      EXPECT_EQ(m.first_target, static_cast<int64_t>(targets.size()));
      EXPECT_EQ(m.sampling_logprobs.size(), m.batch.targets.size());
      EXPECT_EQ(m.advantages.size(), static_cast<std::size_t>(m.batch.sequence_count()));
      if (m.batch.sequence_count() > 1) {
        EXPECT_LE(m.batch.rows(), max_rows);
      }
      targets.insert(targets.end(), m.batch.targets.begin(), m.batch.targets.end());
      seen.insert(seen.end(), m.advantages.begin(), m.advantages.end());
    }
    EXPECT_EQ(targets, expected) << max_rows;
    EXPECT_EQ(seen, advantages);
    EXPECT_EQ(work.tokens, tokens);
    EXPECT_EQ(work.sequences, 30);
    EXPECT_EQ(work.trained_tokens, static_cast<int64_t>(expected.size()));
  }
}

TEST(MicroBatch, ZeroSpreadGroupsCostNothingUnlessKlActsOnThem) {
  Group g;
  g.prompt_token_ids = {1, 2};
  g.completions = {completion(2, 5), completion(3, 8)};
  g.advantages = {0.0, 0.0};
  const std::vector<Group> groups{g};
  const StepWork none = plan_work(groups, {});
  EXPECT_TRUE(none.micro_batches.empty());
  EXPECT_EQ(none.tokens, 5);
  EXPECT_EQ(plan_work(groups, {.keep_zero_advantage = true}).trained_tokens, 5);
}

TEST(MicroBatch, MaskedTruncatedCompletionsLeaveWorkAndTokenCountButNotTheSequenceCount) {
  Group g;
  g.prompt_token_ids = {1};
  g.completions = {completion(2, 5), completion(3, 8, FinishReason::length)};
  g.advantages = {0.7, -0.7};
  const std::vector<Group> groups{g};
  const StepWork masked = plan_work(groups, {.mask_truncated_completions = true});
  EXPECT_EQ(masked.tokens, 2);
  EXPECT_EQ(masked.sequences, 2);
  EXPECT_EQ(masked.trained_sequences, 1);
  EXPECT_EQ(plan_work(groups, {}).tokens, 5);
}

}  // namespace
}  // namespace hone
