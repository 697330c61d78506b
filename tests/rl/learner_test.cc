#include "rl/learner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "policy/policy.h"
#include "tests/rl/expect_error.h"
#include "tests/rl/learner_samples.h"

namespace hone {
namespace {

TEST(Learner, RaisesTheProbabilityOfWhatWasBetterAndLowersTheRest) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  TrainConfig c = config();
  c.optim.learning_rate = 1e-3;
  Learner learner(tiny_model(), start.views(), c);
  std::vector<Group> data(1);
  data[0].prompt_token_ids = {1, 2, 3};
  for (int32_t id : {7, 9}) {
    Completion completion;
    completion.token_ids = {id, 0};
    completion.logprobs = {-3.7f, -3.7f};
    data[0].completions.push_back(completion);
  }
  data[0].advantages = {1.0, -1.0};
  PackedBatch batch;
  batch.add_group(data[0].prompt_token_ids, std::vector<std::vector<int32_t>>{{7}, {9}});
  const auto scores = [&](std::span<const WeightView> weights) {
    PolicyOptions options;
    options.requires_grad = false;
    Policy policy(tiny_model(), weights, options);
    const at::NoGradGuard no_grad;
    const at::Tensor logprobs = policy.score(batch, 1.0, Entropies::none).logprobs;
    return std::pair(logprobs[0].item<double>(), logprobs[1].item<double>());
  };
  const auto before = scores(start.views());
  Metrics metrics;
  for (int i = 0; i < 5; ++i) learner.step(data, i, metrics);
  const auto after = scores(learner.weights());
  EXPECT_GT(after.first, before.first + 0.01);
  EXPECT_LT(after.second, before.second - 0.01);
}

TEST(Learner, ThreadCountDoesNotChangeTheWeights) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  std::vector<std::vector<std::vector<float>>> weights;
  for (const int64_t threads : {1, 2, 3}) {
    TrainConfig c = config();
    c.threads = threads;
    c.grpo.beta = 0.05;
    Learner learner(tiny_model(), start.views(), c);
    Metrics metrics;
    for (int64_t step = 0; step < 3; ++step) learner.step(groups(5), step, metrics);
    weights.push_back(copy(learner.weights()));
  }
  EXPECT_EQ(weights[0], weights[1]);
  EXPECT_EQ(weights[0], weights[2]);
}

TEST(Learner, MicroBatchesGiveTheGradientOfTheWhole) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  const auto data = groups(5);
  for (const char* loss_type : {"dapo", "grpo", "dr_grpo", "bnpo"}) {
    TrainConfig whole = config(), cut = config();
    whole.grpo.loss_type = cut.grpo.loss_type = loss_type;
    whole.grpo.beta = cut.grpo.beta = 0.05;
    cut.optim.max_tokens_per_micro_batch = 16;
    Learner a(tiny_model(), start.views(), whole), b(tiny_model(), start.views(), cut);
    Metrics ma, mb;
    a.step(data, 0, ma);
    b.step(data, 0, mb);
    EXPECT_GT(mb.get("learner/micro_batches"), 2);
    EXPECT_EQ(ma.get("learner/micro_batches"), 1);
    EXPECT_NEAR(ma.get("loss"), mb.get("loss"), 1e-6) << loss_type;
    EXPECT_NEAR(ma.get("grad_norm"), mb.get("grad_norm"), 1e-5 * ma.get("grad_norm")) << loss_type;
    EXPECT_NEAR(ma.get("kl"), mb.get("kl"), 1e-7);
    EXPECT_NEAR(ma.get("entropy"), mb.get("entropy"), 1e-5);
  }
}

TEST(Learner, ASecondRunGivesTheSameBitsAndARestoredOneGoesOnWithThem) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  Learner a(tiny_model(), start.views(), config()), b(tiny_model(), start.views(), config());
  Metrics metrics;
  for (int step = 0; step < 3; ++step) {
    a.step(groups(static_cast<uint64_t>(step)), step, metrics);
    b.step(groups(static_cast<uint64_t>(step)), step, metrics);
  }
  EXPECT_EQ(copy(a.weights()), copy(b.weights()));

  Checkpoint checkpoint;
  a.save(checkpoint.state);
  for (const WeightView& v : a.weights()) checkpoint.parameters.tensors.push_back({v.name, v.shape, {v.data.begin(), v.data.end()}});
  for (const WeightView& v : a.moments()) checkpoint.moments.tensors.push_back({v.name, v.shape, {v.data.begin(), v.data.end()}});
  Learner c(tiny_model(), start.views(), config());
  c.restore(checkpoint);
  a.step(groups(9), 3, metrics);
  c.step(groups(9), 3, metrics);
  EXPECT_EQ(copy(a.weights()), copy(c.weights()));
  EXPECT_NE(copy(a.weights()), copy(b.weights()));
}

TEST(Learner, AGroupWithoutSpreadCostsNoWork) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  Learner learner(tiny_model(), start.views(), config());
  auto data = groups(5);
  for (Group& g : data) g.advantages.assign(g.completions.size(), 0.0);
  const auto before = copy(learner.weights());
  Metrics metrics;
  learner.step(data, 0, metrics);
  EXPECT_EQ(metrics.get("learner/rows"), 0);
  EXPECT_EQ(metrics.get("loss"), 0.0);
  EXPECT_EQ(copy(learner.weights()), before);
}

TEST(Learner, AStepWithoutGroupsChangesNothing) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  for (const int64_t updates : {1, 2}) {
    TrainConfig c = config();
    c.grpo.steps_per_generation = updates;
    Learner learner(tiny_model(), start.views(), c);
    Metrics metrics, none;
    learner.step(groups(5), 0, metrics);
    const auto before = copy(learner.weights()), moments = copy(learner.moments());
    learner.step({}, 1, none);
    EXPECT_EQ(none.get("loss"), 0.0);
    EXPECT_EQ(copy(learner.weights()), before);
    EXPECT_EQ(copy(learner.moments()), moments);
  }
}

TEST(Learner, ANonFiniteGradientIsSkippedCountedAndEndsTheRunInTheEnd) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  TrainConfig c = config();
  c.optim.max_skipped_updates = 2;
  Learner learner(tiny_model(), start.views(), c);
  auto data = groups(5);
  data[0].advantages[0] = std::numeric_limits<double>::infinity();
  const auto before = copy(learner.weights());
  Metrics metrics;
  learner.step(data, 0, metrics);
  EXPECT_EQ(metrics.get("learner/skipped_updates"), 1);
  EXPECT_EQ(copy(learner.weights()), before);
  EXPECT_HONE_ERROR(learner.step(data, 1, metrics), ErrorCode::failed_precondition, "2 times in a row");
}

TEST(Learner, SeveralIterationsMoveFurtherAndClip) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  TrainConfig once = config(), often = config();
  often.grpo.num_iterations = 4;
  Learner a(tiny_model(), start.views(), once), b(tiny_model(), start.views(), often);
  Metrics ma, mb;
  a.step(groups(5), 0, ma);
  b.step(groups(5), 0, mb);
  const auto from = copy(start.views());
  EXPECT_GT(largest_difference(copy(b.weights()), from), largest_difference(copy(a.weights()), from));
  EXPECT_EQ(ma.get("clip_ratio/region_mean"), 0.0);
  EXPECT_GT(mb.get("clip_ratio/region_mean"), 0.0);
}

}  // namespace
}  // namespace hone
