#include "rl/sft_learner.h"

#include <gtest/gtest.h>

#include <cmath>

#include "policy/policy.h"
#include "proto/base/random.h"
#include "rl/sft_batches.h"
#include "tests/rl/expect_error.h"
#include "tests/rl/tiny_model.h"

namespace hone {
namespace {

SftConfig config() {
  SftConfig c;
  c.threads = 1;
  c.run.max_steps = 10;
  c.optim.learning_rate = 1e-2;
  return c;
}

std::vector<SftExample> examples(uint64_t seed, int count = 12) {
  PhiloxStream rng(seed);
  std::vector<SftExample> out(static_cast<std::size_t>(count));
  for (SftExample& e : out) {
    const uint64_t length = 3 + rng.next_below(14), prompt = 1 + rng.next_below(length - 1);
    for (uint64_t i = 0; i < length; ++i) {
      e.ids.push_back(static_cast<int32_t>(rng.next_below(40)));
      e.is_target.push_back(i >= prompt ? 1 : 0);
    }
  }
  return out;
}

std::vector<const SftExample*> pointers(const std::vector<SftExample>& all) {
  std::vector<const SftExample*> out;
  for (const SftExample& e : all) out.push_back(&e);
  return out;
}

std::vector<std::vector<float>> copy(const std::vector<WeightView>& views) {
  std::vector<std::vector<float>> out;
  for (const WeightView& v : views) out.emplace_back(v.data.begin(), v.data.end());
  return out;
}

/// Loss of one example at a time, from the policy's log-probabilities of whole sequences.
double slow_loss(std::span<const WeightView> weights, const std::vector<SftExample>& all) {
  Policy policy(tiny_model(), weights, {.requires_grad = false});
  double sum = 0.0;
  int64_t count = 0;
  for (const SftExample& e : all) {
    PackedBatch batch;
    batch.add_sequence(e.ids);
    const at::NoGradGuard no_grad;
    const at::Tensor logprobs = policy.score(batch, 1.0, Entropies::none).logprobs;
    for (std::size_t i = 1; i < e.ids.size(); ++i) {
      if (e.is_target[i] == 0) continue;
      sum -= logprobs[static_cast<int64_t>(i) - 1].item<double>();
      ++count;
    }
  }
  return sum / static_cast<double>(count);
}

TEST(SftLearner, LossIsTheMeanOverTargetsOfTheStep) {
  const WeightSet start = random_weights(tiny_model(), 0.2, 1);
  const auto data = examples(5);
  SftLearner learner(tiny_model(), start.views(), config());
  const double expected = slow_loss(start.views(), data);
  EXPECT_NEAR(learner.evaluate(pointers(data)).loss, expected, 1e-5);
  Metrics metrics;
  learner.step(pointers(data), 0, metrics);
  EXPECT_NEAR(metrics.get("loss"), expected, 1e-5);
  int64_t targets = 0;
  for (const SftExample& e : data) targets += e.target_count();
  EXPECT_EQ(metrics.get("learner/trained_tokens"), static_cast<double>(targets));
}

TEST(SftLearner, PackingAndMicroBatchesChangeNoGradient) {
  const WeightSet start = random_weights(tiny_model(), 0.2, 1);
  const auto data = examples(5, 20);
  SftConfig whole = config(), cut = config();
  whole.optim.max_tokens_per_micro_batch = 100000;
  cut.optim.max_tokens_per_micro_batch = 16;  // about one example a pass: nothing is packed with anything
  // Plain gradient descent is read off the first AdamW moment: exp_avg = (1 - beta1) * gradient after one step.
  whole.optim.max_grad_norm = cut.optim.max_grad_norm = 0.0;
  SftLearner a(tiny_model(), start.views(), whole), b(tiny_model(), start.views(), cut);
  Metrics ma, mb;
  a.step(pointers(data), 0, ma);
  b.step(pointers(data), 0, mb);
  EXPECT_EQ(ma.get("learner/micro_batches"), 1);
  EXPECT_GT(mb.get("learner/micro_batches"), 10);
  for (const char* name : {"loss", "mean_token_accuracy", "entropy"}) EXPECT_NEAR(ma.get(name), mb.get(name), 1e-6) << name;
  EXPECT_NEAR(ma.get("grad_norm"), mb.get("grad_norm"), 1e-5 * ma.get("grad_norm"));
  const auto x = copy(a.moments()), y = copy(b.moments());
  double largest = 0.0, scale = 0.0;
  for (std::size_t t = 0; t < x.size(); ++t) {
    for (std::size_t i = 0; i < x[t].size(); ++i) {
      largest = std::max(largest, std::fabs(double{x[t][i]} - double{y[t][i]}));
      scale = std::max(scale, std::fabs(double{x[t][i]}));
    }
  }
  EXPECT_LT(largest, 1e-6 * std::max(1.0, scale));
  EXPECT_GT(scale, 1e-3);
}

TEST(SftLearner, TheGradientIsThatOfFiniteDifferences) {
  const auto data = examples(8, 4);
  SftConfig c = config();
  c.optim.max_grad_norm = 0.0;
  c.optim.adam_beta1 = 0.0;  // exp_avg is the gradient
  WeightSet start = random_weights(tiny_model(), 0.3, 2);
  SftLearner learner(tiny_model(), start.views(), c);
  Metrics metrics;
  learner.step(pointers(data), 0, metrics);
  std::map<std::string, std::vector<float>> gradient;
  for (const WeightView& m : learner.moments()) gradient[m.name] = {m.data.begin(), m.data.end()};
  PhiloxStream rng(4);
  for (WeightSet::Tensor& tensor : start.tensors) {
    const std::size_t i = rng.next_below(tensor.data.size());
    const float value = tensor.data[i], h = 1e-2f;
    tensor.data[i] = value + h;
    const double above = slow_loss(start.views(), data);
    tensor.data[i] = value - h;
    const double below = slow_loss(start.views(), data);
    tensor.data[i] = value;
    EXPECT_NEAR(gradient.at("exp_avg." + tensor.name)[i], (above - below) / (2.0 * static_cast<double>(h)), 2e-3) << tensor.name;
  }
}

TEST(SftLearner, AccuracyCountsTargetsWithTheLargestLogit) {
  // Two repeated examples are soon known by heart.
  const auto data = examples(3, 2);
  SftConfig c = config();
  c.optim.learning_rate = 3e-2;
  SftLearner learner(tiny_model(), random_weights(tiny_model(), 0.1, 1).views(), c);
  Metrics metrics;
  for (int step = 0; step < 60; ++step) {
    metrics = {};
    learner.step(pointers(data), step, metrics);
  }
  const SftScores after = learner.evaluate(pointers(data));
  EXPECT_EQ(after.mean_token_accuracy, 1.0);
  EXPECT_LT(after.loss, 0.1);
  EXPECT_LT(after.entropy, 0.3);
}

TEST(SftLearner, ARestoredLearnerGoesOnWithTheSameBits) {
  const WeightSet start = random_weights(tiny_model(), 0.1, 1);
  SftLearner a(tiny_model(), start.views(), config());
  Metrics metrics;
  for (int step = 0; step < 3; ++step) a.step(pointers(examples(static_cast<uint64_t>(step))), step, metrics);
  Checkpoint checkpoint;
  a.save(checkpoint.state);
  for (const WeightView& v : a.weights()) checkpoint.parameters.tensors.push_back({v.name, v.shape, {v.data.begin(), v.data.end()}});
  for (const WeightView& v : a.moments()) checkpoint.moments.tensors.push_back({v.name, v.shape, {v.data.begin(), v.data.end()}});
  SftLearner b(tiny_model(), start.views(), config());
  b.restore(checkpoint);
  const auto last = examples(9);
  a.step(pointers(last), 3, metrics);
  b.step(pointers(last), 3, metrics);
  EXPECT_EQ(copy(a.weights()), copy(b.weights()));
}

}  // namespace
}  // namespace hone
