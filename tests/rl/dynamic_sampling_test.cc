#include "rl/dynamic_sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/rl/fake_rollout.h"

namespace hone {
namespace {

Group group(const std::vector<double>& rewards, Outcome outcome = Outcome::scored) {
  Group g;
  for (const double r : rewards) {
    Completion c;
    c.reward.score = r;
    c.reward.outcome = outcome;
    g.completions.push_back(c);
  }
  return g;
}

DynamicSamplingSection on() {
  DynamicSamplingSection c;
  c.enabled = true;
  return c;
}

TEST(DynamicSampling, JudgesByDeviationAndBand) {
  DynamicSamplingSection c = on();
  EXPECT_EQ(judge(group({1, 0, 1}), c), GroupVerdict::keep);
  EXPECT_EQ(judge(group({1, 1, 1}), c), GroupVerdict::no_spread);
  EXPECT_EQ(judge(group({0.1, 0.1 + 1e-12}), c), GroupVerdict::no_spread);
  EXPECT_EQ(judge(group({1, 0}, Outcome::error), c), GroupVerdict::unscored);
  c.min_std = 0.6;
  EXPECT_EQ(judge(group({1, 0, 1}), c), GroupVerdict::no_spread);  // deviation 0.577
  c = on();
  c.min_mean = 0.2;
  c.max_mean = 0.7;
  EXPECT_EQ(judge(group({0, 0, 0, 0, 0, 1}), c), GroupVerdict::too_low);
  EXPECT_EQ(judge(group({1, 1, 1, 0}), c), GroupVerdict::too_high);
  EXPECT_EQ(judge(group({1, 0}), c), GroupVerdict::keep);
  c.enabled = false;
  EXPECT_EQ(judge(group({1, 1}), c), GroupVerdict::keep);
}

TEST(DynamicSampling, PassRateCountsScoredCompletions) {
  EXPECT_DOUBLE_EQ(pass_rate(group({1, 0.5, 0, 1}), 1.0), 0.5);
  EXPECT_DOUBLE_EQ(pass_rate(group({1, 0.5, 0, 1}), 0.5), 0.75);
  EXPECT_TRUE(std::isnan(pass_rate(group({1}, Outcome::skipped), 1.0)));
}

/// Completion 1 of the problems whose id is odd is right; the others' completions are all wrong.
class OddRewarder : public FakeRewarder {
 public:
  void score(Group& g) override {
    const bool odd = std::stoi(g.problem.id) % 2 == 1;
    for (std::size_t i = 0; i < g.completions.size(); ++i) {
      g.completions[i].reward.components = {{"fake", odd && i == 1 ? 1.0 : 0.0, Outcome::scored, ""}};
      combine(g.completions[i].reward, {1.0});
    }
  }
};

struct Fixture {
  std::vector<TokenizedProblem> problems;
  TrainConfig config;
  FakeRollout source;
  OddRewarder rewarder;

  explicit Fixture(int count) {
    for (int i = 0; i < count; ++i) {
      TokenizedProblem p;
      p.problem.id = std::to_string(i);
      p.prompt_token_ids = {1};
      problems.push_back(p);
    }
    config.grpo.num_generations = 3;
    config.grpo.prompts_per_step = 4;
    config.data.shuffle = false;
    config.dynamic_sampling.enabled = true;
  }
  ProblemStream stream() const { return ProblemStream(problems.size(), 0, false, config.curriculum); }
  StepGroups collect(int64_t step, ProblemStream& s) {
    return collect_step(config, problems, step, s, source, rewarder, nullptr);
  }
};

TEST(DynamicSampling, SamplesUntilTheStepIsFullAndNeverSplitsAGroup) {
  Fixture f(40);
  ProblemStream stream = f.stream();
  StepGroups step = f.collect(5, stream);
  EXPECT_EQ(step.kept, 4u);
  EXPECT_EQ(step.tries, 4);  // problems 0-3, 4-5, 6 and 7 keep two, one, none and one
  std::set<uint32_t> slots;
  for (std::size_t i = 0; i < step.groups.size(); ++i) {
    const Group& g = step.groups[i];
    EXPECT_EQ(g.completions.size(), 3u);
    EXPECT_EQ(g.step, 5u);
    EXPECT_TRUE(slots.insert(g.slot).second) << "slot " << g.slot << " twice: two groups with the same random numbers";
    EXPECT_EQ(std::stoi(g.problem.id) % 2 == 1, i < step.kept);
    if (i > 0 && i != step.kept) EXPECT_GT(g.slot, step.groups[i - 1].slot);
  }
  EXPECT_EQ(step.dropped.size(), step.groups.size() - step.kept);
  Metrics m;
  add_sampling_metrics(f.config, step, stream, m);
  EXPECT_EQ(m.get("dynamic_sampling/kept_groups"), 4);
  EXPECT_EQ(m.get("dynamic_sampling/dropped_no_spread"), static_cast<double>(step.dropped.size()));
  EXPECT_DOUBLE_EQ(m.get("dynamic_sampling/kept_reward"), 1.0 / 3);
}

TEST(DynamicSampling, GivesUpAfterTheLastTryWithWhatItHas) {
  Fixture f(40);
  f.config.dynamic_sampling.max_tries = 2;
  ProblemStream stream = f.stream();
  const StepGroups step = f.collect(0, stream);
  EXPECT_EQ(step.tries, 2);
  EXPECT_EQ(step.kept, 3u);
  EXPECT_EQ(step.groups.size(), 6u);
}

TEST(DynamicSampling, WithoutItOneRoundIsTheStep) {
  Fixture f(40);
  f.config.dynamic_sampling.enabled = false;
  ProblemStream stream = f.stream();
  const StepGroups step = f.collect(0, stream);
  EXPECT_EQ(step.kept, 4u);
  EXPECT_EQ(step.groups.size(), 4u);
  EXPECT_TRUE(step.dropped.empty());
}

TEST(DynamicSampling, TellsTheCurriculumWhatItSaw) {
  Fixture f(8);
  f.config.curriculum.enabled = true;
  f.config.curriculum.requeue_after = 2;
  f.config.dynamic_sampling.enabled = false;
  ProblemStream stream = f.stream();
  f.collect(0, stream);  // 0 1 2 3: 0 and 2 are too hard
  f.collect(1, stream);  // 4 5 6 7: 4 and 6
  EXPECT_EQ(stream.take_counts().too_hard, 4);
  const StepGroups later = f.collect(2, stream);
  EXPECT_EQ(later.groups.front().problem.id, "0");  // due, one of four at a share of a quarter
}

}  // namespace
}  // namespace hone
