// Each custom autograd function against plain ATen in float64, values and gradients, and on 1 and 2 threads bit for bit.
#include <gtest/gtest.h>

#include <functional>

#include "policy/autograd/attention.h"
#include "policy/autograd/gate.h"
#include "policy/autograd/head.h"
#include "policy/autograd/norm.h"
#include "policy/autograd/recompute.h"
#include "policy/autograd/rope.h"
#include "proto/base/error.h"
#include "tests/policy/policy_test_support.h"

namespace hone {
namespace {

using Function = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

/// Output and gradients of sum(f(inputs) * fixed random weights).
std::vector<at::Tensor> evaluate(const Function& f, const std::vector<at::Tensor>& inputs, at::ScalarType type) {
  std::vector<at::Tensor> leaves;
  for (const at::Tensor& input : inputs) leaves.push_back(input.to(type).clone().set_requires_grad(true));
  const at::Tensor output = f(leaves);
  torch::autograd::backward({(output * random_tensor(output.sizes(), 99).to(type)).sum()});
  std::vector<at::Tensor> result{output.detach()};
  for (const at::Tensor& leaf : leaves) result.push_back(leaf.grad());
  return result;
}

void expect_like_plain(const Function& fast, const Function& plain, const std::vector<at::Tensor>& inputs, double tolerance,
                       bool same_bits_on_any_threads = true) {
  const auto expected = evaluate(plain, inputs, at::kDouble);
  std::vector<at::Tensor> one, two;
  {
    const ThreadCount threads(1);
    one = evaluate(fast, inputs, at::kFloat);
  }
  {
    const ThreadCount threads(2);
    two = evaluate(fast, inputs, at::kFloat);
  }
  expect_close(one, expected, tolerance);
  if (same_bits_on_any_threads) expect_equal_bits(two, one);
  else expect_close(two, expected, tolerance);
}

TEST(RmsNorm, MatchesPlainAten) {
  for (const int64_t width : {1, 3, 16, 40, 896}) {
    const auto x = random_tensor({150, width}, 1), w = random_tensor({width}, 2);
    expect_like_plain([](const auto& t) { return rms_norm(t[0], t[1], 1e-5); },
                      [](const auto& t) { return plain_rms_norm(t[0], t[1], 1e-5); }, {x, w}, 2e-6);
  }
}

TEST(RmsNorm, NormalisesHeads) {
  expect_like_plain([](const auto& t) { return rms_norm(t[0], t[1], 1e-6); },
                    [](const auto& t) { return plain_rms_norm(t[0], t[1], 1e-6); },
                    {random_tensor({9, 4, 24}, 1), random_tensor({24}, 2)}, 2e-6);
}

TEST(RmsNorm, TakesNoRows) {
  EXPECT_EQ(evaluate([](const auto& t) { return rms_norm(t[0], t[1], 1e-6); }, {random_tensor({0, 8}, 1), random_tensor({8}, 2)},
                     at::kFloat)[0].size(0), 0);
}

TEST(Rotate, MatchesPlainAtenAndRotatesBack) {
  std::vector<int32_t> positions;
  for (int32_t i = 0; i < 70; ++i) positions.push_back(i * 5 % 61);
  for (const int64_t dim : {2, 10, 64, 128}) {
    const auto angles = rotary_angles(positions, at::abs(random_tensor({dim / 2}, 3)));
    expect_like_plain([&](const auto& t) { return rotate(t[0], angles); }, [&](const auto& t) { return plain_rotate(t[0], angles); },
                      {random_tensor({70, 3, dim}, 4)}, 1e-6);
  }
}

TEST(GatedActivation, MatchesPlainAten) {
  for (const int64_t width : {1, 7, 512}) {
    expect_like_plain([](const auto& t) { return gated_activation(t[0], t[1]); },
                      [](const auto& t) { return plain_gated_activation(t[0], t[1]); },
                      {8 * random_tensor({67, width}, 5), random_tensor({67, width}, 6)}, 2e-6);
  }
}

TEST(GatedActivation, StaysFiniteFarOut) {
  const at::Tensor gate = at::full({3}, 1e4f) * at::tensor({-1.0f, 0.0f, 1.0f});
  const auto values = evaluate([](const auto& t) { return gated_activation(t[0], t[1]); }, {gate, at::ones({3})}, at::kFloat);
  for (const at::Tensor& t : values) EXPECT_TRUE(at::isfinite(t).all().item<bool>());
  EXPECT_EQ(values[0][2].item<float>(), 1e4f);
}

std::shared_ptr<const AttentionPlan> plan_of(const PackedBatch& batch) { return plan_attention(batch.segments, batch.rows()); }

void expect_attention_like_plain(const PackedBatch& batch, int64_t heads, int64_t kv_heads, int64_t dim) {
  const auto plan = plan_of(batch);
  const int64_t n = batch.rows();
  expect_like_plain([&](const auto& t) { return attention(t[0], t[1], t[2], plan); },
                    [&](const auto& t) { return plain_attention(t[0], t[1], t[2], *plan); },
                    {3 * random_tensor({n, heads, dim}, 7), 3 * random_tensor({n, kv_heads, dim}, 8), random_tensor({n, kv_heads, dim}, 9)},
                    1e-5);
}

TEST(Attention, PlainSequencesOfManyLengths) {
  PackedBatch batch;
  for (const int64_t length : {2, 17, 64, 65, 66, 130, 200}) batch.add_sequence(random_ids(length, 97, 1));
  expect_attention_like_plain(batch, 4, 2, 16);
  expect_attention_like_plain(batch, 3, 1, 10);
}

TEST(Attention, SharedPrompts) {
  for (const int64_t prompt : {1, 31, 64, 150}) {
    PackedBatch batch;
    for (uint64_t seed = 1; seed < 3; ++seed) {
      const auto group = random_group(prompt, {5, 2, 70, 1, 0, 140, 33}, seed);
      batch.add_group(group.prompt, group.completions);
    }
    batch.add_sequence(random_ids(9, 97, 5));
    expect_attention_like_plain(batch, 6, 2, 24);
    expect_attention_like_plain(batch, 2, 2, 64);
  }
}

TEST(Attention, LargeScoresStayFinite) {
  PackedBatch batch;
  batch.add_sequence(random_ids(90, 97, 1));
  const auto plan = plan_of(batch);
  const auto values = evaluate([&](const auto& t) { return attention(t[0], t[1], t[2], plan); },
                               {300 * random_tensor({89, 2, 16}, 1), 300 * random_tensor({89, 2, 16}, 2), random_tensor({89, 2, 16}, 3)},
                               at::kFloat);
  for (const at::Tensor& t : values) EXPECT_TRUE(at::isfinite(t).all().item<bool>());
}

TEST(Attention, ScratchOfSharedPromptsIsBounded) {
  PackedBatch batch;
  const auto group = random_group(300, std::vector<int64_t>(64, 10), 1);
  batch.add_group(group.prompt, group.completions);
  EXPECT_LE(plan_of(batch)->scratch_rows, batch.rows() + 300);
}

TEST(Attention, RefusesBrokenSegments) {
  using Segments = std::vector<PackedBatch::Segment>;
  for (const Segments& segments : {Segments{{0, 3, 0, 0}}, Segments{{0, 2, 0, 0}, {3, 4, 0, 0}}, Segments{{0, 4, 0, 2}},
                                   Segments{{0, 5, 0, 0}}, Segments{{0, 4, -1, 0}}}) {
    EXPECT_THROW(plan_attention(segments, 4), Error);
  }
}

struct HeadCase {
  at::Tensor source = at::tensor({3, 0, 3, 7, 9, 3, 8, 1, 1, 2, 3}, at::kLong);
  at::Tensor targets = at::tensor({1, 0, 50, 49, 3, 3, 20, 7, 8, 50, 1}, at::kLong);
  at::Tensor hidden = 2 * random_tensor({10, 24}, 1);
  at::Tensor weight = random_tensor({51, 24}, 2);
};

TEST(Head, MatchesPlainAtenForEveryChunkSize) {
  const HeadCase c;
  for (const int64_t chunk : {1, 4, 11, 128}) {
    for (const double temperature : {0.7, 1.0, 2.0}) {
      const HeadOptions options{temperature, chunk, true};
      expect_like_plain([&](const auto& t) { return score_targets(t[0], c.source, t[1], c.targets, options).logprobs; },
                        [&](const auto& t) { return plain_score_targets(t[0], c.source, t[1], c.targets, options).logprobs; },
                        {c.hidden, c.weight}, 3e-6, false);  // at::mm adds in another order on other thread counts
      const auto fast = score_targets(c.hidden, c.source, c.weight, c.targets, options).entropies;
      EXPECT_LT(difference(fast, plain_score_targets(c.hidden, c.source, c.weight, c.targets, options).entropies), 1e-5);
    }
  }
}

/// A scalar that weighs every log-probability and entropy differently.
at::Tensor weighed(const HeadScores& s) {
  const auto type = s.logprobs.scalar_type();
  return (s.logprobs * random_tensor({11}, 3).to(type)).sum() + (s.entropies * random_tensor({11}, 4).to(type)).sum();
}

TEST(Head, EntropyHasItsGradientForEveryChunkSize) {
  const HeadCase c;
  for (const int64_t chunk : {1, 4, 11, 128}) {
    for (const double temperature : {0.7, 1.0, 2.0}) {
      const HeadOptions options{temperature, chunk, true, true};
      expect_like_plain([&](const auto& t) { return weighed(score_targets(t[0], c.source, t[1], c.targets, options)); },
                        [&](const auto& t) { return weighed(plain_score_targets(t[0], c.source, t[1], c.targets, options)); },
                        {c.hidden, c.weight}, 1e-5, false);
    }
  }
  const HeadOptions options{1.3, 4, true, true};
  const auto run = [&](bool plain) {
    return evaluate([&](const auto& t) { return weighed((plain ? plain_score_targets : score_targets)(t[0], c.source, t[1], c.targets, options)); },
                    {c.hidden, c.weight}, at::kDouble);
  };
  expect_close(run(false), run(true), 1e-12);
}

TEST(Head, EntropyGradientIsTheFiniteDifference) {
  const HeadCase c;
  const HeadOptions options{0.8, 3, true, true};
  const at::Tensor weight = c.weight.to(at::kDouble), hidden = c.hidden.to(at::kDouble), direction = random_tensor({10, 24}, 5).to(at::kDouble);
  const auto f = [&](const at::Tensor& h) { return score_targets(h, c.source, weight, c.targets, options).entropies.sum(); };
  const at::Tensor leaf = hidden.clone().set_requires_grad(true);
  torch::autograd::backward({f(leaf)});
  const double step = 1e-5;
  const double slope = (f(hidden + step * direction) - f(hidden - step * direction)).item<double>() / (2 * step);
  EXPECT_NEAR(slope, (leaf.grad() * direction).sum().item<double>(), 1e-6 * std::abs(slope));
}

TEST(Head, OtherTypesTakeTheAtenPath) {
  const HeadCase c;
  const HeadOptions options{1.3, 4, true};
  const auto run = [&](bool plain) {
    return evaluate([&](const auto& t) {
      return (plain ? plain_score_targets : score_targets)(t[0], c.source, t[1], c.targets, options).logprobs;
    }, {c.hidden, c.weight}, at::kDouble);
  };
  expect_close(run(false), run(true), 1e-12);
}

TEST(Head, GradientIsTheFiniteDifference) {
  const HeadCase c;
  const HeadOptions options{0.8, 3, false};
  const auto f = [&](const at::Tensor& hidden) { return score_targets(hidden, c.source, c.weight, c.targets, options).logprobs.sum(); };
  const at::Tensor leaf = c.hidden.clone().set_requires_grad(true);
  torch::autograd::backward({f(leaf)});
  const at::Tensor direction = random_tensor({10, 24}, 5);
  const double step = 1e-2;
  const double slope = (f(c.hidden + step * direction) - f(c.hidden - step * direction)).item<double>() / (2 * step);
  EXPECT_NEAR(slope, (leaf.grad() * direction).sum().item<double>(), 2e-3 * std::abs(slope) + 1e-2);
}

TEST(Recomputed, GivesTheSameBits) {
  const Block block = [](const at::Tensor& x, const std::vector<at::Tensor>& p) { return at::silu(at::linear(x, p[0], p[1])) + x; };
  const std::vector<at::Tensor> inputs{random_tensor({5, 8}, 1), random_tensor({8, 8}, 2), random_tensor({8}, 3)};
  expect_equal_bits(evaluate([&](const auto& t) { return recomputed(block, t[0], {t[1], t[2]}); }, inputs, at::kFloat),
                    evaluate([&](const auto& t) { return block(t[0], {t[1], t[2]}); }, inputs, at::kFloat));
}

}  // namespace
}  // namespace hone
