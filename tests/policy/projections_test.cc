// The projections of a decoder layer and the embedding against plain ATen in float64: values and gradients, on 1 and 2 threads bit for
// bit, and where gradients of weights go.
#include <gtest/gtest.h>

#include <functional>

#include "policy/autograd/embedding.h"
#include "policy/autograd/gate.h"
#include "policy/autograd/norm.h"
#include "policy/autograd/projections.h"
#include "policy/autograd/recompute.h"
#include "tests/policy/policy_test_support.h"

namespace hone {
namespace {

using Tensors = std::vector<at::Tensor>;
using Function = std::function<at::Tensor(const Tensors&)>;

/// Output and gradients of sum(f(inputs) * fixed random weights), `passes` times in a row into the same gradients.
Tensors evaluate(const Function& f, const Tensors& inputs, at::ScalarType type, int passes = 1) {
  Tensors leaves;
  for (const at::Tensor& input : inputs) leaves.push_back(input.to(type).clone().set_requires_grad(true));
  at::Tensor output;
  for (int i = 0; i < passes; ++i) {
    output = f(leaves);
    torch::autograd::backward({(output * random_tensor(output.sizes(), 99).to(type)).sum()});
  }
  Tensors result{output.detach()};
  for (const at::Tensor& leaf : leaves) result.push_back(leaf.grad());
  return result;
}

Tensors on_threads(int threads, const Function& f, const Tensors& inputs) {
  const ThreadCount use(threads);
  return evaluate(f, inputs, at::kFloat);
}

void expect_like_plain(const Function& exact, const Function& plain, const Tensors& inputs) {
  const Tensors one = on_threads(1, exact, inputs);
  expect_close(one, evaluate(plain, inputs, at::kDouble), 1e-5);
  expect_equal_bits(on_threads(2, exact, inputs), one);
}

/// Outputs side by side, as one tensor with different weights for each.
at::Tensor joined(const Tensors& outputs) { return at::cat(outputs, 1); }

Tensors normed_inputs(int64_t rows) {
  return {random_tensor({rows, 40}, 1), random_tensor({40}, 2), random_tensor({24, 40}, 3), random_tensor({24}, 4),
          random_tensor({8, 40}, 5),    random_tensor({8}, 6),  random_tensor({9, 40}, 7),  random_tensor({9}, 8)};
}

at::Tensor three(const Tensors& t, Numerics numerics) {
  const Projection p[] = {{t[2], t[3]}, {t[4], t[5]}, {t[6], t[7]}};
  return joined(normed_projections(t[0], t[1], 1e-5, p, numerics));
}

at::Tensor plain_three(const Tensors& t) {
  const at::Tensor h = plain_rms_norm(t[0], t[1], 1e-5);
  return joined({at::linear(h, t[2], t[3]), at::linear(h, t[4], t[5]), at::linear(h, t[6], t[7])});
}

TEST(NormedProjections, MatchPlainAten) {
  for (const int64_t rows : {1, 7, 150}) {
    expect_like_plain([](const auto& t) { return three(t, Numerics::exact); }, plain_three, normed_inputs(rows));
  }
  expect_close(evaluate([](const auto& t) { return three(t, Numerics::fast); }, normed_inputs(31), at::kFloat),
               evaluate(plain_three, normed_inputs(31), at::kDouble), 1e-5);
}

TEST(NormedProjections, TwoWithoutBiases) {
  const Tensors inputs{random_tensor({33, 40}, 1), random_tensor({40}, 2), random_tensor({24, 40}, 3), random_tensor({24, 40}, 4)};
  expect_like_plain(
      [](const auto& t) {
        const Projection p[] = {{t[2], {}}, {t[3], {}}};
        return joined(normed_projections(t[0], t[1], 1e-5, p, Numerics::exact));
      },
      [](const auto& t) {
        const at::Tensor h = plain_rms_norm(t[0], t[1], 1e-5);
        return joined({at::linear(h, t[2]), at::linear(h, t[3])});
      },
      inputs);
}

TEST(ResidualProjection, MatchesPlainAten) {
  for (const bool biased : {true, false}) {
    const auto bias = [=](const Tensors& t) { return biased ? t[3] : at::Tensor(); };
    Tensors inputs{random_tensor({45, 24}, 1), random_tensor({45, 40}, 2), random_tensor({24, 40}, 3)};
    if (biased) inputs.push_back(random_tensor({24}, 4));
    expect_like_plain([&](const auto& t) { return residual_projection(t[0], t[1], {t[2], bias(t)}, Numerics::exact); },
                      [&](const auto& t) { return t[0] + at::linear(t[1], t[2], bias(t)); }, inputs);
  }
}

TEST(GatedProjection, MatchesPlainAten) {
  for (const bool biased : {true, false}) {
    const auto bias = [=](const Tensors& t) { return biased ? t[4] : at::Tensor(); };
    Tensors inputs{random_tensor({45, 24}, 1), 4 * random_tensor({45, 56}, 2), random_tensor({45, 56}, 3), random_tensor({24, 56}, 4)};
    if (biased) inputs.push_back(random_tensor({24}, 5));
    expect_like_plain([&](const auto& t) { return gated_projection(t[0], t[1], t[2], {t[3], bias(t)}, Numerics::exact); },
                      [&](const auto& t) { return t[0] + at::linear(plain_gated_activation(t[1], t[2]), t[3], bias(t)); }, inputs);
  }
}

TEST(Embedding, MatchesPlainAtenAndAddsRepeatedRows) {
  const at::Tensor ids = at::tensor({3, 0, 3, 3, 10, 0}, at::kLong);
  expect_like_plain([&](const auto& t) { return embedding_rows(t[0], ids); }, [&](const auto& t) { return at::embedding(t[0], ids); },
                    {random_tensor({11, 5}, 1)});
}

TEST(WeightGradient, PassesAddUp) {
  const Tensors inputs = normed_inputs(12);
  const Function f = [](const Tensors& t) { return three(t, Numerics::exact); };
  const Tensors plain = evaluate(plain_three, inputs, at::kDouble, 3);
  expect_close(evaluate(f, inputs, at::kFloat, 3), plain, 1e-5);
  const at::Tensor ids = at::tensor({1, 3, 4}, at::kLong);
  const Function lookup = [&](const Tensors& t) { return embedding_rows(t[0], ids); };
  const Tensors once = evaluate(lookup, {inputs[2]}, at::kFloat), twice = evaluate(lookup, {inputs[2]}, at::kFloat, 2);
  EXPECT_TRUE(at::equal(twice[1], 2 * once[1]));
}

TEST(WeightGradient, OfAWeightThatIsComputedIsPassedOn) {
  const Tensors inputs = normed_inputs(12);
  const Function direct = [](const Tensors& t) { return three(t, Numerics::exact); };
  const Function computed = [](const Tensors& t) {
    Tensors own;
    for (const at::Tensor& tensor : t) own.push_back(1 * tensor);
    return three(own, Numerics::exact);
  };
  expect_equal_bits(evaluate(computed, inputs, at::kFloat), evaluate(direct, inputs, at::kFloat));
}

TEST(WeightGradient, NothingForFrozenWeights) {
  Tensors inputs = normed_inputs(5);
  inputs[0].set_requires_grad(true);
  torch::autograd::backward({three(inputs, Numerics::exact).sum()});
  EXPECT_TRUE(inputs[0].grad().defined());
  for (std::size_t i = 1; i < inputs.size(); ++i) EXPECT_FALSE(inputs[i].grad().defined()) << i;
}

TEST(WeightGradient, SameBitsThroughRecomputation) {
  const Tensors inputs = normed_inputs(12);
  const Block block = [](const at::Tensor& x, const Tensors& p) {
    Tensors all{x};
    all.insert(all.end(), p.begin(), p.end());
    return three(all, Numerics::exact);
  };
  const Function f = [&](const Tensors& t) { return recomputed(block, t[0], {t.begin() + 1, t.end()}); };
  const Function direct = [&](const Tensors& t) { return block(t[0], {t.begin() + 1, t.end()}); };
  expect_equal_bits(evaluate(f, inputs, at::kFloat, 2), evaluate(direct, inputs, at::kFloat, 2));
}

}  // namespace
}  // namespace hone
