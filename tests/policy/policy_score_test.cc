// The policy as a whole: packing, micro-batches, recomputation, chunks, temperature, edges and errors.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "proto/base/error.h"
#include "tests/policy/policy_test_support.h"

namespace hone {
namespace {

std::vector<int32_t> joined(const GroupTokens& group, std::size_t completion) {
  std::vector<int32_t> ids = group.prompt;
  ids.insert(ids.end(), group.completions[completion].begin(), group.completions[completion].end());
  return ids;
}

PackedBatch packed(const std::vector<GroupTokens>& groups) {
  PackedBatch batch;
  for (const auto& group : groups) batch.add_group(group.prompt, group.completions);
  return batch;
}

PackedBatch separate(const std::vector<GroupTokens>& groups) {
  PackedBatch batch;
  for (const auto& group : groups) {
    for (std::size_t i = 0; i < group.completions.size(); ++i) {
      batch.add_sequence(joined(group, i), static_cast<int64_t>(group.prompt.size()));
    }
  }
  return batch;
}

const std::vector<GroupTokens>& two_groups() {
  static const std::vector<GroupTokens> groups{random_group(7, {5, 1, 80, 12}, 1), random_group(70, {3, 66}, 50)};
  return groups;
}

TEST(PolicyScore, PackedGroupsEqualSeparateSequences) {
  for (const bool qk_norm : {false, true}) {
    Policy policy = tiny_policy(tiny_config(qk_norm, !qk_norm));
    const PackedBatch together = packed(two_groups()), apart = separate(two_groups());
    ASSERT_EQ(together.target_count(), apart.target_count());
    EXPECT_LT(together.rows(), apart.rows());
    const at::Tensor weights = random_tensor({together.target_count()}, 9);
    EXPECT_LT(difference(policy.score(together, 1.0, Entropies::none).logprobs.detach(), policy.score(apart, 1.0, Entropies::none).logprobs.detach()), 1e-5);
    expect_close(gradients(policy, together, weights), gradients(policy, apart, weights), 2e-5);
  }
}

TEST(PolicyScore, MicroBatchGradientsAddUp) {
  Policy policy = tiny_policy(tiny_config());
  const PackedBatch all = packed(two_groups()), first = packed({two_groups()[0]}), second = packed({two_groups()[1]});
  const at::Tensor weights = random_tensor({all.target_count()}, 9);
  const auto whole = gradients(policy, all, weights);
  gradients(policy, first, weights.slice(0, 0, first.target_count()));
  expect_close(gradients(policy, second, weights.slice(0, first.target_count()), 1.0, true), whole, 1e-5);
}

TEST(PolicyScore, RecomputationGivesTheSameBits) {
  const PackedBatch batch = packed(two_groups());
  const at::Tensor weights = random_tensor({batch.target_count()}, 9);
  for (const bool tied : {false, true}) {
    PolicyOptions options;
    Policy keeping = tiny_policy(tiny_config(false, tied), options);
    options.activation_recomputation = true;
    Policy recomputing = tiny_policy(tiny_config(false, tied), options);
    EXPECT_TRUE(at::equal(keeping.score(batch, 1.0, Entropies::none).logprobs, recomputing.score(batch, 1.0, Entropies::none).logprobs));
    expect_equal_bits(gradients(recomputing, batch, weights), gradients(keeping, batch, weights));
  }
}

TEST(PolicyScore, ChunkSizeDoesNotMatter) {
  const PackedBatch batch = packed(two_groups());
  const at::Tensor weights = random_tensor({batch.target_count()}, 9);
  PolicyOptions options;
  Policy usual = tiny_policy(tiny_config(), options);
  options.head_chunk_rows = 1;
  Policy one = tiny_policy(tiny_config(), options);
  EXPECT_LT(difference(one.score(batch, 1.0, Entropies::none).logprobs.detach(), usual.score(batch, 1.0, Entropies::none).logprobs.detach()), 1e-5);
  expect_close(gradients(one, batch, weights), gradients(usual, batch, weights), 1e-5);
}

TEST(PolicyScore, GradientIsTheFiniteDifference) {
  Policy policy = tiny_policy(tiny_config());
  const PackedBatch batch = packed({random_group(4, {6, 3}, 2)});
  const at::Tensor weights = random_tensor({batch.target_count()}, 9);
  const auto slopes = gradients(policy, batch, weights, 0.9);
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < slopes.size(); i += 5) {
    at::Tensor& parameter = policy.parameters()[i];
    const at::Tensor direction = slopes[i] / slopes[i].norm(), before = parameter.clone();
    const auto loss_at = [&](double step) {
      parameter.copy_(before + step * direction);
      return (policy.score(batch, 0.9, Entropies::none).logprobs.to(at::kDouble) * weights).sum().item<double>();
    };
    const double slope = (loss_at(2e-3) - loss_at(-2e-3)) / 4e-3;
    parameter.copy_(before);
    EXPECT_NEAR(slope, slopes[i].norm().item<double>(), 0.01 * std::abs(slope) + 2e-3) << policy.parameter_names()[i];
  }
}

TEST(PolicyScore, TemperatureAndEntropy) {
  Policy policy = tiny_policy(tiny_config());
  const PackedBatch batch = packed(two_groups());
  const TokenScores cold = policy.score(batch, 0.5, Entropies::values), hot = policy.score(batch, 1e4, Entropies::values);
  EXPECT_FALSE(cold.entropies.requires_grad());
  EXPECT_TRUE(cold.logprobs.requires_grad());
  EXPECT_TRUE((cold.entropies < hot.entropies).all().item<bool>());
  EXPECT_LT(difference(hot.entropies, at::full_like(hot.entropies, std::log(97.0))), 1e-4);
  EXPECT_LT(difference(hot.logprobs.detach(), at::full_like(hot.entropies, -std::log(97.0))), 1e-2);
  EXPECT_FALSE(policy.score(batch, 1.0, Entropies::none).entropies.defined());
}

TEST(PolicyScore, EmptyCompletionsAndEmptyBatches) {
  Policy policy = tiny_policy(tiny_config());
  const PackedBatch some = packed({random_group(5, {0, 4, 0}, 1)});
  EXPECT_EQ(policy.score(some, 1.0, Entropies::values).logprobs.size(0), 4);
  const PackedBatch none = packed({random_group(5, {0, 0}, 1)});
  const TokenScores scores = policy.score(none, 1.0, Entropies::values);
  EXPECT_EQ(scores.logprobs.size(0), 0);
  torch::autograd::backward({scores.logprobs.sum()});
  EXPECT_EQ(policy.score(PackedBatch(), 1.0, Entropies::values).logprobs.size(0), 0);
}

TEST(PolicyScore, FrozenPolicyKeepsNoGraph) {
  PolicyOptions options;
  options.requires_grad = false;
  Policy frozen = tiny_policy(tiny_config(), options);
  const PackedBatch batch = packed(two_groups());
  EXPECT_FALSE(frozen.score(batch, 1.0, Entropies::none).logprobs.requires_grad());
  Policy policy = tiny_policy(tiny_config());
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(at::equal(policy.score(batch, 1.0, Entropies::none).logprobs, frozen.score(batch, 1.0, Entropies::none).logprobs));
}

TEST(PolicyScore, RefusesWhatTheModelCannotTake) {
  Policy policy = tiny_policy(tiny_config());
  const PackedBatch good = packed(two_groups());
  const auto refused = [&](auto change) {
    PackedBatch batch = good;
    change(batch);
    EXPECT_THROW(policy.score(batch, 1.0, Entropies::none), Error);
  };
  refused([](PackedBatch& b) { b.token_ids[3] = 97; });
  refused([](PackedBatch& b) { b.token_ids[3] = -1; });
  refused([](PackedBatch& b) { b.targets[0] = 97; });
  refused([](PackedBatch& b) { b.source_rows[0] = b.rows(); });
  refused([](PackedBatch& b) { b.positions[0] = 512; });
  refused([](PackedBatch& b) { b.positions.pop_back(); });
  refused([](PackedBatch& b) { b.segments.pop_back(); });
  for (const double temperature : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    EXPECT_THROW(policy.score(good, temperature, Entropies::none), Error);
  }
}

TEST(PolicyWeights, RoundTripWithoutCopyAndErrors) {
  const ModelConfig config = tiny_config();
  Policy policy = tiny_policy(config);
  const auto views = policy.weights();
  ASSERT_EQ(views.size(), policy.parameters().size());
  EXPECT_EQ(views[0].data.data(), policy.parameters()[0].const_data_ptr<float>());
  Policy copy(config, views, {});
  const PackedBatch batch = packed(two_groups());
  EXPECT_TRUE(at::equal(copy.score(batch, 1.0, Entropies::none).logprobs, policy.score(batch, 1.0, Entropies::none).logprobs));

  std::vector<WeightView> missing(views.begin() + 1, views.end());
  EXPECT_THROW(Policy(config, missing, {}), Error);
  std::vector<WeightView> wrong = views;
  wrong[0].shape = {40, 97};
  EXPECT_THROW(Policy(config, wrong, {}), Error);
  PolicyOptions options;
  options.device = "toaster";
  EXPECT_THROW(Policy(config, views, options), Error);
  options = {};
  options.head_chunk_rows = 0;
  EXPECT_THROW(Policy(config, views, options), Error);
}

}  // namespace
}  // namespace hone
