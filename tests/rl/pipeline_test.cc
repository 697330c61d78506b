#include "rl/pipeline.h"

#include <gtest/gtest.h>

#include <barrier>

#include "tests/rl/expect_error.h"
#include "tests/rl/fake_rollout.h"

namespace hone {
namespace {

std::vector<TokenizedProblem> problems(std::initializer_list<const char*> ids) {
  std::vector<TokenizedProblem> out;
  for (const char* id : ids) {
    TokenizedProblem p;
    p.problem.id = id;
    p.problem.prompt = id;
    p.problem.reference = "secret";
    p.prompt_token_ids = {1, 2, static_cast<int32_t>(out.size())};
    out.push_back(p);
  }
  return out;
}

TEST(Pipeline, GroupsComeBackInSlotOrderWithProblemAndRewards) {
  const auto data = problems({"a", "b", "c"});
  const std::vector<uint32_t> indices{2, 0, 1, 2};
  FakeRollout source;
  FakeRewarder rewarder;
  CollectStats stats;
  const auto groups = collect_groups({data, indices, 9, 4, 3, {}}, source, rewarder, nullptr, stats);
  ASSERT_EQ(groups.size(), 4u);
  for (std::size_t slot = 0; slot < 4; ++slot) {
    EXPECT_EQ(groups[slot].problem.id, data[indices[slot]].problem.id);
    EXPECT_EQ(groups[slot].slot, slot);
    EXPECT_EQ(groups[slot].group_id, "4/" + std::to_string(slot));
    ASSERT_EQ(groups[slot].completions.size(), 3u);
    EXPECT_EQ(groups[slot].completions[1].text, std::to_string(slot) + "/1");
    EXPECT_EQ(groups[slot].completions[1].reward.components.size(), 1u);
  }
  EXPECT_EQ(stats.rollout.generated_tokens, 2);
  EXPECT_EQ(source.seen[1].key.run_seed, 9u);
  EXPECT_EQ(source.seen[1].key.step, 4u);
  EXPECT_EQ(source.seen[1].key.slot, 1u);
  EXPECT_EQ(source.seen[1].prompt_token_ids, data[0].prompt_token_ids);
}

TEST(Pipeline, AnOutageOfTheRewardSideEndsTheStepWithItsError) {
  const auto data = problems({"a", "throw", "c"});
  const std::vector<uint32_t> indices{0, 1, 2};
  FakeRollout source;
  FakeRewarder rewarder;
  CollectStats stats;
  EXPECT_HONE_ERROR(collect_groups({data, indices, 9, 4, 3, {}}, source, rewarder, nullptr, stats), ErrorCode::unavailable,
                    "reward server is gone");
}

/// Says that it takes three groups at once, and waits until it has them.
class ThreeAtOnce : public FakeRewarder {
 public:
  int concurrency() const override { return 3; }
  void score(Group& group) override {
    arrived_.arrive_and_wait();
    FakeRewarder::score(group);
  }

 private:
  std::barrier<> arrived_{3};
};

TEST(Pipeline, GroupsAreScoredAtOnceWhereTheRewarderCan) {
  const auto data = problems({"a", "b", "c"});
  const std::vector<uint32_t> indices{0, 1, 2, 2, 1, 0};
  FakeRollout source;
  ThreeAtOnce rewarder;
  CollectStats stats;
  const auto groups = collect_groups({data, indices, 9, 4, 3, {}}, source, rewarder, nullptr, stats);
  ASSERT_EQ(groups.size(), 6u);
  for (std::size_t slot = 0; slot < 6; ++slot) {
    EXPECT_EQ(groups[slot].problem.id, data[indices[slot]].problem.id);
    EXPECT_EQ(groups[slot].completions[0].reward.components.size(), 1u);
  }
}

TEST(Pipeline, CancellationPassesThrough) {
  const auto data = problems({"a"});
  const std::vector<uint32_t> indices{0};
  FakeRollout source;
  FakeRewarder rewarder;
  CollectStats stats;
  const std::atomic<bool> cancel{true};
  EXPECT_HONE_ERROR(collect_groups({data, indices, 9, 4, 3, {}}, source, rewarder, &cancel, stats), ErrorCode::cancelled, "");
}

}  // namespace
}  // namespace hone
