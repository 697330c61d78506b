// The learner's kernels do the products that rl/flops.h counts, and those that it says are computed twice.
#include <gtest/gtest.h>

#include "policy/kernels/work_count.h"
#include "rl/flops.h"
#include "rl/micro_batch.h"
#include "rl/sft_batches.h"
#include "rl/sft_learner.h"
#include "tests/rl/learner_samples.h"

namespace hone {
namespace {

double counted_flops(const WorkCount& count) { return 2.0 * static_cast<double>(count.multiply_adds()); }

TEST(LearnerFlops, AGrpoStepIsWhatTheKernelsCount) {
  for (const bool tied : {true, false}) {
    ModelConfig m = tiny_model();
    m.tie_word_embeddings = tied;
    TrainConfig c = config();
    c.optim.max_tokens_per_micro_batch = 24;  // several passes, groups cut
    const WeightSet weights = random_weights(m, 0.2, 3);
    Learner learner(m, weights.views(), c);
    const std::vector<Group> step = groups(7);
    Metrics metrics;
    const WorkCount count;
    learner.step(step, 0, metrics);

    double formula = 0.0, again = 0.0;
    int64_t rows = 0;
    for (const MicroBatch& micro : plan_work(step, {.max_rows = 24}).micro_batches) {
      formula += 3.0 * forward_flops(m, micro.batch);
      again += recomputed_flops(m, micro.batch);
      rows += micro.batch.rows();
    }
    EXPECT_EQ(counted_flops(count), formula + again);
    EXPECT_DOUBLE_EQ(learner.work().flops, formula);
    EXPECT_EQ(learner.work().tokens, rows);
  }
}

TEST(LearnerFlops, ReferenceAndOldLogProbabilitiesCostAForwardPassEach) {
  TrainConfig c = config();
  c.grpo.beta = 0.1;
  c.grpo.num_iterations = 2;
  const WeightSet weights = random_weights(tiny_model(), 0.2, 3);
  Learner learner(tiny_model(), weights.views(), c);
  const std::vector<Group> step = groups(8);
  Metrics metrics;
  const WorkCount count;
  learner.step(step, 0, metrics);
  const StepWork work = plan_work(step, {.keep_zero_advantage = true, .max_rows = c.optim.max_tokens_per_micro_batch});
  ASSERT_EQ(work.micro_batches.size(), 1u);
  const double forward = forward_flops(tiny_model(), work.micro_batches[0].batch);
  EXPECT_DOUBLE_EQ(learner.work().flops, (2 * 3 + 2) * forward);
  EXPECT_EQ(learner.work().tokens, 2 * work.rows);
  EXPECT_DOUBLE_EQ(counted_flops(count), (2 * 3 + 2) * forward + 2 * recomputed_flops(tiny_model(), work.micro_batches[0].batch));
}

TEST(LearnerFlops, ASupervisedStepIsWhatTheKernelsCount) {
  SftConfig c;
  c.threads = 1;
  c.optim.max_tokens_per_micro_batch = 16;
  const WeightSet weights = random_weights(tiny_model(), 0.2, 3);
  SftLearner learner(tiny_model(), weights.views(), c);
  std::vector<SftExample> examples;
  for (int32_t i = 0; i < 5; ++i) {
    SftExample e;
    for (int32_t t = 0; t < 4 + 2 * i; ++t) e.ids.push_back((3 * t + i) % 40), e.is_target.push_back(t > 2 ? 1 : 0);
    examples.push_back(std::move(e));
  }
  std::vector<const SftExample*> views;
  for (const SftExample& e : examples) views.push_back(&e);
  Metrics metrics;
  const WorkCount count;
  learner.step(views, 0, metrics);
  double formula = 0.0, again = 0.0;
  for (const PackedBatch& batch : pack_examples(views, 16)) {
    formula += 3.0 * forward_flops(tiny_model(), batch);
    again += recomputed_flops(tiny_model(), batch);
  }
  EXPECT_DOUBLE_EQ(counted_flops(count), formula + again);
  EXPECT_DOUBLE_EQ(learner.work().flops, formula);
}

}  // namespace
}  // namespace hone
