#include "policy/kernels/matmul.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "policy/kernels/gemm.h"
#include "policy/kernels/parallel.h"
#include "tests/policy/kernels_test_support.h"

namespace hone::test {
namespace {

class Matmul : public EachSimdTarget {};
HONE_INSTANTIATE_SIMD_TARGETS(Matmul);

/// A stored as asked, with room to the right of each row.
struct Matrix {
  int64_t rows, columns;
  bool transposed;
  int64_t stride;
  std::vector<float> data;

  Matrix(int64_t r, int64_t c, bool t, uint64_t seed)
      : rows(r), columns(c), transposed(t), stride((t ? r : c) + 3), data(random_floats(static_cast<std::size_t>((t ? c : r) * stride), seed)) {}
  float at(int64_t i, int64_t j) const { return data[static_cast<std::size_t>(transposed ? j * stride + i : i * stride + j)]; }
  MatrixView view() const { return {data.data(), stride, transposed}; }
};

TEST_P(Matmul, EqualsATripleLoopInEveryOrder) {
  uint64_t seed = 1;
  for (const int64_t m : {1, 2, 5, 13, 29, 130}) {
    for (const int64_t n : {1, 15, 33, 97, 600}) {
      for (const int64_t k : {1, 7, 64, 257, 530}) {
        const Matrix a(m, k, ++seed % 2 == 0, seed), b(k, n, seed % 3 == 0, seed + 1);
        const std::vector<float> bias = random_floats(static_cast<std::size_t>(n), seed + 2);
        const auto start = static_cast<GemmStart>(seed % 3);
        const int64_t stride = n + 2;
        std::vector<float> c(static_cast<std::size_t>(m * stride), 0.25f);
        matmul({m, n, k}, a.view(), b.view(), start, bias.data(), c.data(), stride, nullptr);
        double worst = 0.0;
        for (int64_t i = 0; i < m; ++i) {
          ASSERT_EQ(c[static_cast<std::size_t>(i * stride + n)], 0.25f) << "wrote beyond a row";
          for (int64_t j = 0; j < n; ++j) {
            double sum = start == GemmStart::bias ? bias[static_cast<std::size_t>(j)] : start == GemmStart::accumulate ? 0.25 : 0.0;
            for (int64_t p = 0; p < k; ++p) sum += static_cast<double>(a.at(i, p)) * b.at(p, j);
            worst = std::max(worst, std::abs(sum - c[static_cast<std::size_t>(i * stride + j)]));
          }
        }
        ASSERT_LT(worst, 2e-5 * std::sqrt(static_cast<double>(k))) << m << " x " << n << " x " << k;
      }
    }
  }
}

TEST_P(Matmul, HasTheBitsOfThePackedProductWithAnyNumberOfThreads) {
  const int64_t m = 77, n = 1100, k = 530;
  const Matrix x(m, k, false, 1), w(k, n, true, 2);
  const std::vector<float> bias = random_floats(static_cast<std::size_t>(n), 3);
  PackedMatrix packed(n, k);
  for (int64_t r = 0; r < n; ++r) packed.pack_rows(r, 1, w.data.data() + r * w.stride);
  std::vector<float> expected(static_cast<std::size_t>(m * n)), found(expected.size());
  gemm(x.data.data(), x.stride, m, packed, bias.data(), expected.data(), n, nullptr);
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    const TaskRunner runner = runner_of(pool);
    std::fill(found.begin(), found.end(), -7.0f);
    matmul({m, n, k}, x.view(), w.view(), GemmStart::bias, bias.data(), found.data(), n, &runner);
    EXPECT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(float)), 0) << threads;
  }
}

TEST_P(Matmul, AnEmptyInnerDimensionWritesTheStart) {
  const std::vector<float> bias{1.0f, 2.0f, 3.0f};
  std::vector<float> c(6, 9.0f);
  matmul({2, 3, 0}, {}, {}, GemmStart::bias, bias.data(), c.data(), 3, nullptr);
  EXPECT_EQ(c, (std::vector<float>{1, 2, 3, 1, 2, 3}));
  matmul({2, 3, 0}, {}, {}, GemmStart::zero, nullptr, c.data(), 3, nullptr);
  EXPECT_EQ(c, std::vector<float>(6, 0.0f));
}


}  // namespace
}  // namespace hone::test
