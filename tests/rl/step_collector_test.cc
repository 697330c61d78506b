#include "rl/step_collector.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/base/error.h"
#include "rl/collected_steps.h"

namespace hone {
namespace {

/// Notes what is published, and which value of the only weight each step was collected with.
class Recorder : public WeightPublisher {
 public:
  void publish(uint64_t version, std::span<const WeightView> weights) override {
    const std::lock_guard lock(mutex);
    versions.push_back(version);
    value = weights[0].data[0];
  }
  StepGroups collect(int64_t step) {
    const std::lock_guard lock(mutex);
    StepGroups out;
    out.tries = static_cast<int64_t>(value);
    out.problems.position = step;
    return out;
  }
  std::mutex mutex;
  std::vector<uint64_t> versions;
  float value = -1;
};

struct OneWeight {
  std::vector<float> data;
  std::vector<WeightView> views;
  explicit OneWeight(float value) : data{value} { views.push_back({"w", {1}, data}); }
};

TEST(StepCollector, EveryStepHasTheWeightsOfItsRequestWhateverTheLearnerDoesMeanwhile) {
  for (const int64_t staleness : {1, 2, 5}) {
    Recorder recorder;
    StepCollector collector([&](int64_t step, const std::atomic<bool>&) { return recorder.collect(step); }, recorder);
    int64_t requested = 0;
    for (int64_t t = 0; t < 20; ++t) {
      OneWeight weights(static_cast<float>(t));
      const auto request_until = [&](int64_t end) {
        for (; requested < std::min<int64_t>(end, 20); ++requested)
          collector.request(requested, static_cast<uint64_t>(t) + 1, weights.views);
      };
      request_until(t + staleness);
      const CollectedStep step = collector.next();
      EXPECT_EQ(step.step, t);
      EXPECT_EQ(step.groups.tries, std::max<int64_t>(0, t - staleness)) << "weights of step " << t;
      request_until(t + staleness + 1);
    }
    EXPECT_TRUE(collector.drain().empty());
    EXPECT_TRUE(std::is_sorted(recorder.versions.begin(), recorder.versions.end()));
    EXPECT_EQ(std::adjacent_find(recorder.versions.begin(), recorder.versions.end()), recorder.versions.end()) << "published twice";
  }
}

TEST(StepCollector, InFlightWeightsDoNotWaitForTheStepThatIsCollected) {
  Recorder recorder;
  std::atomic<bool> begun{false}, go_on{false};
  StepCollector collector(
      [&](int64_t step, const std::atomic<bool>&) {
        begun = true;
        begun.notify_all();
        go_on.wait(false);
        return recorder.collect(step);
      },
      recorder, true);
  const OneWeight old(1), young(2);
  collector.request(0, 1, old.views);
  begun.wait(false);
  collector.request(1, 2, young.views);
  EXPECT_EQ(recorder.versions, (std::vector<uint64_t>{1, 2}));
  go_on = true;
  go_on.notify_all();
  EXPECT_EQ(collector.next().groups.tries, 2);
  EXPECT_EQ(collector.next().groups.tries, 2);
  EXPECT_EQ(recorder.versions.size(), 2u);
}

TEST(StepCollector, DrainedStepsWaitAndTheNewestWeightsCanBePublishedBetween) {
  Recorder recorder;
  StepCollector collector([&](int64_t step, const std::atomic<bool>&) { return recorder.collect(step); }, recorder);
  collector.restore({CollectedStep{3, {}}});
  const OneWeight old(1), young(2);
  collector.request(4, 1, old.views);
  EXPECT_EQ(collector.drain().size(), 2u);
  collector.publish(2, young.views);
  collector.publish(2, young.views);
  collector.request(5, 2, young.views);
  EXPECT_EQ(collector.next().step, 3);
  EXPECT_EQ(collector.next().groups.tries, 1);
  EXPECT_EQ(collector.next().groups.tries, 2);
  EXPECT_EQ(recorder.versions, (std::vector<uint64_t>{1, 2}));
}

TEST(StepCollector, WhatCollectingThrowsReachesTheLearner) {
  Recorder recorder;
  StepCollector collector(
      [&](int64_t step, const std::atomic<bool>&) {
        if (step == 1) throw Error(ErrorCode::unavailable, "no worker");
        return recorder.collect(step);
      },
      recorder);
  const OneWeight weights(0);
  for (int64_t step = 0; step < 3; ++step) collector.request(step, 1, weights.views);
  for (int i = 0; i < 2; ++i) {
    try {
      for (;;) EXPECT_EQ(collector.next().step, 0);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::unavailable);
    }
  }
  EXPECT_THROW(collector.drain(), Error);
}

TEST(StepCollector, EndsWhileAStepIsCollected) {
  Recorder recorder;
  std::atomic<bool> begun{false};
  {
    StepCollector collector(
        [&](int64_t, const std::atomic<bool>& abandoned) {
          begun = true;
          begun.notify_all();
          while (!abandoned) std::this_thread::yield();
          return StepGroups();
        },
        recorder);
    const OneWeight weights(0);
    collector.request(0, 1, weights.views);
    begun.wait(false);
  }
  SUCCEED();
}

Group group_of(uint32_t step, uint32_t slot, double reward) {
  Group g;
  g.step = step;
  g.slot = slot;
  g.group_id = std::to_string(step) + "/" + std::to_string(slot);
  g.problem.id = "p" + std::to_string(slot);
  g.problem.prompt = "1 + 1 =";
  g.problem.reference = "2";
  g.prompt_token_ids = {5, 6};
  for (int i = 0; i < 2; ++i) {
    Completion c;
    c.token_ids = {7, static_cast<int32_t>(i)};
    c.logprobs = {-0.1f, -1.0f / 3};
    c.versions = {4, 4};
    c.text = "two";
    c.finish_reason = FinishReason::stop_token;
    c.reward.score = i == 0 ? reward : 0.0;
    c.reward.outcome = Outcome::scored;
    c.reward.components.push_back({"numeric", c.reward.score, Outcome::scored, "why"});
    g.completions.push_back(c);
  }
  return g;
}

TEST(CollectedSteps, ComeBackAsTheyWere) {
  const RewardFunctions functions{{"numeric", 1.0}};
  GrpoSection config;
  config.num_generations = 2;
  std::deque<CollectedStep> steps;
  for (uint32_t step = 8; step < 10; ++step) {
    CollectedStep s{step, {}};
    s.groups.groups = {group_of(step, 0, 1.0), group_of(step, 2, 0.5), group_of(step, 1, 0.0)};
    s.groups.kept = 2;
    s.groups.dropped = {GroupVerdict::no_spread};
    s.groups.tries = 2;
    s.groups.problems = {40, {{3, 12, true}, {4, 20, false}}};
    s.groups.counts = {1, 2, 3, 4};
    s.groups.stats.rollout = {10, 20, 0.5};
    steps.push_back(s);
  }
  const CollectedText text = write_collected(steps, functions, config);
  const std::deque<CollectedStep> back = read_collected(text, functions, config, "collected.jsonl");
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[1].step, 9);
  EXPECT_EQ(back[1].groups.kept, 2u);
  EXPECT_EQ(back[1].groups.dropped, steps[1].groups.dropped);
  EXPECT_EQ(back[1].groups.problems.position, 40);
  EXPECT_EQ(back[1].groups.problems.resting.at(1).until, 20);
  EXPECT_EQ(back[1].groups.counts.requeued, 4);
  EXPECT_EQ(back[1].groups.stats.rollout.generated_tokens, 20);
  const Completion& c = back[1].groups.groups[0].completions[0];
  EXPECT_EQ(c.logprobs, (std::vector<float>{-0.1f, -1.0f / 3}));
  EXPECT_EQ(c.versions, (std::vector<uint64_t>{4, 4}));
  const CollectedText again = write_collected(back, functions, config);
  EXPECT_EQ(again.records, text.records);
  EXPECT_EQ(again.steps, text.steps);
  EXPECT_TRUE(write_collected({}, functions, config).steps.empty());
}

TEST(CollectedSteps, DamageIsNamed) {
  const RewardFunctions functions{{"numeric", 1.0}};
  GrpoSection config;
  config.num_generations = 2;
  CollectedText text = write_collected({CollectedStep{1, {}}}, functions, config);
  EXPECT_THROW(read_collected(text, functions, config, "collected.jsonl"), Error);  // a step without completions
  text.steps = "{\"step\": 1}";
  EXPECT_THROW(read_collected(text, functions, config, "collected.jsonl"), Error);
}

}  // namespace
}  // namespace hone
