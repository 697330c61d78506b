#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "policy/kernels/row_exp.h"
#include "policy/kernels/row_ops.h"
#include "tests/policy/kernels_test_support.h"

namespace hone::test {
namespace {

class RowOps : public EachSimdTarget {};

TEST_P(RowOps, AddRmsNorm) {
  for (const std::size_t width : {1u, 8u, 37u, 64u, 576u}) {
    const std::vector<float> x0 = random_floats(3 * width, 1), delta = random_floats(3 * width, 2), weight = random_floats(width, 3);
    std::vector<float> x = x0, out(3 * width);
    add_rms_norm(x.data(), delta.data(), weight.data(), 1e-5f, 3, static_cast<int64_t>(width), out.data());
    for (std::size_t r = 0; r < 3; ++r) {
      double squares = 0.0;
      for (std::size_t i = r * width; i < (r + 1) * width; ++i) {
        ASSERT_EQ(x[i], x0[i] + delta[i]);
        squares += static_cast<double>(x[i]) * x[i];
      }
      const double scale = 1.0 / std::sqrt(squares / static_cast<double>(width) + 1e-5);
      for (std::size_t i = 0; i < width; ++i) ASSERT_NEAR(out[r * width + i], x[r * width + i] * scale * weight[i], 2e-6) << width;
    }
    std::vector<float> one(x0.begin() + static_cast<std::ptrdiff_t>(width), x0.begin() + static_cast<std::ptrdiff_t>(2 * width));
    std::vector<float> one_out(width);
    add_rms_norm(one.data(), delta.data() + width, weight.data(), 1e-5f, 1, static_cast<int64_t>(width), one_out.data());
    EXPECT_TRUE(std::equal(one_out.begin(), one_out.end(), out.begin() + static_cast<std::ptrdiff_t>(width)));
  }
}

TEST_P(RowOps, RotateHeads) {
  for (const std::size_t dim : {2u, 10u, 24u, 64u}) {
    const std::size_t half = dim / 2;
    const std::vector<float> before = random_floats(3 * dim, 1), norm = random_floats(dim, 4);
    std::vector<float> cos(half), sin(half);
    for (std::size_t i = 0; i < half; ++i) {
      cos[i] = std::cos(0.3f * static_cast<float>(i + 1));
      sin[i] = std::sin(0.3f * static_cast<float>(i + 1));
    }
    for (const bool normed : {false, true}) {
      std::vector<float> row = before;
      rotate_heads(row.data(), 3, static_cast<int64_t>(dim), normed ? norm.data() : nullptr, 1e-6f, cos.data(), sin.data());
      for (std::size_t h = 0; h < 3; ++h) {
        std::vector<double> v(before.begin() + static_cast<std::ptrdiff_t>(h * dim), before.begin() + static_cast<std::ptrdiff_t>((h + 1) * dim));
        if (normed) {
          const double mean = std::inner_product(v.begin(), v.end(), v.begin(), 0.0) / static_cast<double>(dim);
          for (std::size_t i = 0; i < dim; ++i) v[i] *= norm[i] / std::sqrt(mean + 1e-6);
        }
        for (std::size_t i = 0; i < half; ++i) {
          ASSERT_NEAR(row[h * dim + i], v[i] * cos[i] - v[half + i] * sin[i], 3e-6);
          ASSERT_NEAR(row[h * dim + half + i], v[half + i] * cos[i] + v[i] * sin[i], 3e-6);
        }
      }
    }
  }
}

TEST_P(RowOps, SwigluAndItsExtremes) {
  const std::size_t width = 45;
  std::vector<float> gate_up = random_floats(2 * 2 * width, 5);
  for (float& v : gate_up) v *= 8.0f;
  gate_up[0] = -1000.0f;
  gate_up[1] = 1000.0f;
  std::vector<float> out(2 * width);
  swiglu(gate_up.data(), 2, static_cast<int64_t>(width), out.data());
  for (std::size_t r = 0; r < 2; ++r) {
    for (std::size_t i = 0; i < width; ++i) {
      const double g = gate_up[r * 2 * width + i], u = gate_up[r * 2 * width + width + i];
      ASSERT_NEAR(out[r * width + i], g / (1.0 + std::exp(-g)) * u, 1e-5 + 1e-6 * std::abs(g * u)) << i;
    }
  }
}

TEST_P(RowOps, AddInPlace) {
  std::vector<float> x = random_floats(37, 1);
  const std::vector<float> before = x, delta = random_floats(37, 2);
  add_in_place(x.data(), delta.data(), 37);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(x[i], before[i] + delta[i]);
}

TEST_P(RowOps, ExponentialsOfARow) {
  for (const std::size_t n : {1u, 5u, 31u, 256u, 700u, 1025u}) {
    std::vector<float> x = random_floats(n, 6);
    for (float& v : x) v *= 20.0f;
    if (n > 30) x[17] = -std::numeric_limits<float>::infinity();
    const auto size = static_cast<int64_t>(n);
    const float max = *std::max_element(x.begin(), x.end());
    ASSERT_EQ(max_value(x.data(), size), max);
    std::vector<double> sums((n + kExpBlock - 1) / kExpBlock);
    exp_block_sums(x.data(), size, max, 0.7f, sums.data());
    std::vector<float> values(n);
    exp_values(x.data(), size, max, 0.7f, values.data());
    double slow = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      const double e = std::exp((static_cast<double>(x[i]) - max) * 0.7f);
      ASSERT_NEAR(values[i], e, 4e-6 * e + 1e-30);
      slow += e;
    }
    EXPECT_NEAR(std::accumulate(sums.begin(), sums.end(), 0.0), slow, 2e-6 * slow);
    std::vector<float> in_place = x;
    EXPECT_NEAR(softmax_numerators(in_place.data(), size, 0.7f).sum, slow, 3e-6 * slow);
    EXPECT_EQ(in_place, values);
  }
}

HONE_INSTANTIATE_SIMD_TARGETS(RowOps);

}  // namespace
}  // namespace hone::test
