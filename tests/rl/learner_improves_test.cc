// The whole loop in miniature: a random model of two layers samples, is rewarded for even token ids, and learns, with every loss type,
// estimator and option.
#include <gtest/gtest.h>

#include <string>

#include "policy/generator.h"
#include "proto/base/thread_pool.h"
#include "rl/group_rewards.h"
#include "rollout/local_rollout.h"
#include "tests/rl/learner_samples.h"

namespace hone {
namespace {

constexpr uint32_t kSteps = 12;

class Loop {
 public:
  explicit Loop(const TrainConfig& config)
      : config_(config),
        pool_(1),
        generator_(tiny_model(), nullptr, pool_),
        rollout_(make_generator_engine(generator_, tiny_model())),
        learner_(tiny_model(), random_weights(tiny_model(), 0.1, 1).views(), config) {
    rollout_.publish(1, learner_.weights());
  }

  /// One step; returns the mean reward of what was sampled.
  double step(uint32_t number) {
    std::vector<RolloutRequest> requests(static_cast<std::size_t>(config_.grpo.prompts_per_step));
    std::vector<Group> groups(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      groups[i].prompt_token_ids = {static_cast<int32_t>(i), 5};
      requests[i] = {"",
                     {7, number, static_cast<uint32_t>(i)},
                     groups[i].prompt_token_ids,
                     static_cast<int32_t>(config_.grpo.num_generations),
                     {}};
      requests[i].params.max_new_tokens = 5;
    }
    rollout_.generate(
        requests, [&](std::size_t i, RolloutResult result) { groups[i].completions = std::move(result.completions); },
        nullptr);
    for (Group& g : groups)
      for (Completion& c : g.completions) reward(c);
    Metrics metrics;
    set_advantages(groups, {{"even", 1.0}}, config_.grpo);
    add_reward_metrics(groups, {{"even", 1.0}}, config_.grpo, metrics);
    learner_.step(groups, number, metrics);
    rollout_.publish(number + 2, learner_.weights());
    return metrics.get("reward");
  }

 private:
  static void reward(Completion& c) {
    double even = 0.0;
    for (const int32_t id : c.token_ids) even += id % 2 == 0 ? 1.0 : 0.0;
    c.reward.score = even / static_cast<double>(c.token_ids.size());
    c.reward.components = {{"even", c.reward.score, Outcome::scored, ""}};
  }

  TrainConfig config_;
  ThreadPool pool_;
  Generator generator_;
  LocalRollout rollout_;
  Learner learner_;
};

TrainConfig loop_config() {
  TrainConfig c;
  c.threads = 1;
  c.run.max_steps = kSteps;
  c.sampling.max_completion_length = 5;
  c.grpo.num_generations = 8;
  c.grpo.prompts_per_step = 6;
  c.optim.learning_rate = 1e-2;
  return c;
}

void expect_improvement(const TrainConfig& config, const std::string& what, uint32_t steps = kSteps) {
  Loop loop(config);
  const double first = loop.step(0);
  double last = 0.0;
  for (uint32_t i = 1; i < steps; ++i) last = loop.step(i);
  EXPECT_LT(first, 0.65) << what;
  EXPECT_GT(last, 0.8) << what << ": from " << first;
}

TEST(LearnerImproves, WithEveryLossType) {
  for (const char* type : {"dapo", "grpo", "bnpo", "dr_grpo", "cispo", "sapo", "luspo", "vespo"}) {
    TrainConfig c = loop_config();
    c.grpo.loss_type = type;
    if (std::string(type) == "cispo") c.grpo.epsilon_high = 5.0;
    if (std::string(type) == "luspo") c.grpo.importance_sampling_level = "sequence";
    expect_improvement(c, type);
  }
}

TEST(LearnerImproves, WithEveryEstimator) {
  for (const char* estimator : {"rloo", "reinforce_plus_plus_baseline", "reinforce"}) {
    TrainConfig c = loop_config();
    c.grpo.advantage_estimator = estimator;
    const bool no_baseline =
        c.grpo.advantage_estimator == "reinforce";  // slow: every reward pushes up, only the differences teach
    expect_improvement(c, estimator, no_baseline ? 4 * kSteps : kSteps);
  }
}

TEST(LearnerImproves, WithSeveralUpdatesAndAllOptions) {
  TrainConfig c = loop_config();
  c.grpo.num_iterations = 2;
  c.grpo.steps_per_generation = 2;
  c.grpo.beta = 0.01;
  c.grpo.sync_ref_model = true;
  c.grpo.ref_model_sync_steps = 3;
  c.grpo.top_entropy_quantile = 0.5;
  c.grpo.entropy_coef = 0.001;
  c.grpo.off_policy_mask_threshold = 0.5;
  c.grpo.sampler_importance_sampling = "sequence_truncate";
  c.grpo.delta = 4.0;
  c.optim.learning_rate = 5e-3;
  expect_improvement(c, "all options");
}

}  // namespace
}  // namespace hone
