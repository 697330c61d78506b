#include "policy/kernels/gemm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/thread_pool.h"
#include "tests/policy/kernels_test_support.h"

namespace hone::test {
namespace {

class Gemm : public EachSimdTarget {};

constexpr WeightStorage kStorages[] = {WeightStorage::float32, WeightStorage::bfloat16, WeightStorage::int8};

struct Problem {
  int64_t m, n, k;
  bool with_bias;
  std::vector<float> x, w, bias;

  Problem(int64_t rows, int64_t columns, int64_t inner, bool biased)
      : m(rows), n(columns), k(inner), with_bias(biased), x(random_floats(static_cast<std::size_t>(m * k), 1)),
        w(random_floats(static_cast<std::size_t>(n * k), 2)), bias(random_floats(static_cast<std::size_t>(n), 3)) {}

  PackedMatrix packed(WeightStorage storage = WeightStorage::float32) const {
    PackedMatrix matrix(n, k, storage);
    matrix.pack_rows(0, n, w.data());
    return matrix;
  }

  /// The same product with the weights that `matrix` holds.
  Problem with_weights_of(const PackedMatrix& matrix) const {
    Problem rounded = *this;
    for (int64_t r = 0; r < n; ++r) matrix.unpack_row(r, rounded.w.data() + r * k);
    return rounded;
  }

  std::vector<float> run(const PackedMatrix& matrix, ThreadPool* pool) const {
    std::vector<float> y(static_cast<std::size_t>(m * n), -7.0f);
    gemm(x.data(), k, m, matrix, with_bias ? bias.data() : nullptr, y.data(), n, pool);
    return y;
  }

  double slow(int64_t row, int64_t column) const {
    double sum = with_bias ? bias[static_cast<std::size_t>(column)] : 0.0;
    for (int64_t i = 0; i < k; ++i) {
      sum += static_cast<double>(x[static_cast<std::size_t>(row * k + i)]) * w[static_cast<std::size_t>(column * k + i)];
    }
    return sum;
  }
};

TEST_P(Gemm, EqualsATripleLoop) {
  for (const int64_t m : {1, 2, 3, 4, 5, 6, 7, 13, 29}) {
    for (const int64_t n : {1, 15, 16, 31, 33, 97, 160}) {
      for (const int64_t k : {1, 7, 64, 255, 257, 600}) {
        const Problem p(m, n, k, (m + n) % 2 == 0);
        const std::vector<float> y = p.run(p.packed(), nullptr);
        double worst = 0.0;
        for (int64_t r = 0; r < m; ++r) {
          for (int64_t c = 0; c < n; ++c) worst = std::max(worst, std::abs(y[static_cast<std::size_t>(r * n + c)] - p.slow(r, c)));
        }
        ASSERT_LT(worst, 2e-6 * std::sqrt(static_cast<double>(k)) * 10) << m << " x " << n << " x " << k;
      }
    }
  }
}

TEST_P(Gemm, EqualsATripleLoopAtEveryOddSize) {
  for (const WeightStorage storage : kStorages) {
    for (int64_t size = 1; size <= 129; size += 2) {
      const int64_t other = 1 + size * 37 % 130, inner = 1 + size * 53 % 130;
      for (const auto& [m, n, k] : {std::array{size, other, inner}, std::array{inner, size, other}, std::array{other, inner, size}}) {
        const Problem p(m, n, k, size % 4 == 1);
        const PackedMatrix matrix = p.packed(storage);
        const Problem stored = p.with_weights_of(matrix);
        const std::vector<float> y = p.run(matrix, nullptr);
        double worst = 0.0;
        for (int64_t r = 0; r < m; ++r) {
          for (int64_t c = 0; c < n; ++c) worst = std::max(worst, std::abs(y[static_cast<std::size_t>(r * n + c)] - stored.slow(r, c)));
        }
        ASSERT_LT(worst, 2e-5 * std::sqrt(static_cast<double>(k))) << to_string(storage) << " " << m << " x " << n << " x " << k;
      }
    }
  }
}

TEST_P(Gemm, RowBitsDoNotDependOnTheOtherRowsOrOnThreads) {
  const Problem p(401, 83, 530, true);
  const PackedMatrix matrix = p.packed();
  const std::vector<float> whole = p.run(matrix, nullptr);
  for (const int threads : {2, 3}) {
    ThreadPool pool(threads);
    const std::vector<float> parallel = p.run(matrix, &pool);
    ASSERT_EQ(std::memcmp(parallel.data(), whole.data(), whole.size() * sizeof(float)), 0) << threads;
  }
  for (const int64_t rows : {1, 2, 3, 4, 5, 6, 7, 12, 25, 193}) {
    for (const int64_t first : {int64_t{0}, int64_t{11}, p.m - rows}) {
      std::vector<float> part(static_cast<std::size_t>(rows * p.n));
      gemm(p.x.data() + first * p.k, p.k, rows, matrix, p.bias.data(), part.data(), p.n, nullptr);
      ASSERT_EQ(std::memcmp(part.data(), whole.data() + first * p.n, part.size() * sizeof(float)), 0) << rows << " from " << first;
    }
  }
}

TEST_P(Gemm, StoredWeightsMultiplyAsTheirFloat32Values) {
  for (const WeightStorage storage : {WeightStorage::bfloat16, WeightStorage::int8}) {
    for (const int64_t m : {1, 2, 3, 5, 6, 7, 11, 12, 13, 25, 64}) {
      for (const int64_t n : {1, 17, 31, 33, 64, 129, 300}) {
        for (const int64_t k : {0, 1, 7, 130, 257, 600}) {
          const Problem p(m, n, k, (m + n) % 2 == 0);
          const PackedMatrix matrix = p.packed(storage);
          const Problem rounded = p.with_weights_of(matrix);
          const std::vector<float> y = p.run(matrix, nullptr);
          ASSERT_EQ(y, rounded.run(rounded.packed(), nullptr)) << to_string(storage) << " " << m << " x " << n << " x " << k;
          for (const int64_t c : {int64_t{0}, n - 1}) {
            ASSERT_NEAR(y[static_cast<std::size_t>((m - 1) * n + c)], rounded.slow(m - 1, c), 2e-5 * std::sqrt(static_cast<double>(k) + 1));
          }
        }
      }
    }
  }
}

TEST_P(Gemm, StoredRowBitsDoNotDependOnTheOtherRowsOrOnThreads) {
  const Problem p(201, 83, 530, true);
  for (const WeightStorage storage : {WeightStorage::bfloat16, WeightStorage::int8}) {
    const PackedMatrix matrix = p.packed(storage);
    const std::vector<float> whole = p.run(matrix, nullptr);
    ThreadPool pool(3);
    ASSERT_EQ(p.run(matrix, &pool), whole);
    for (const int64_t rows : {1, 2, 6, 7, 12, 13, 64}) {
      std::vector<float> part(static_cast<std::size_t>(rows * p.n));
      gemm(p.x.data() + 11 * p.k, p.k, rows, matrix, p.bias.data(), part.data(), p.n, nullptr);
      ASSERT_EQ(std::memcmp(part.data(), whole.data() + 11 * p.n, part.size() * sizeof(float)), 0) << to_string(storage) << " " << rows;
    }
  }
}

TEST_P(Gemm, LeavesWhatLiesBetweenRowsAlone) {
  const Problem p(5, 21, 40, false);
  std::vector<float> y(5 * 30, 9.0f);
  gemm(p.x.data(), p.k, p.m, p.packed(), nullptr, y.data(), 30, nullptr);
  for (std::size_t r = 0; r < 5; ++r) {
    for (std::size_t c = 21; c < 30; ++c) EXPECT_EQ(y[r * 30 + c], 9.0f);
  }
}

TEST_P(Gemm, PacksInPartsAndUnpacks) {
  const Problem p(1, 45, 19, false);
  PackedMatrix parts(p.n, p.k);
  parts.pack_rows(20, 25, p.w.data() + 20 * p.k);
  parts.pack_rows(0, 20, p.w.data());
  EXPECT_EQ(p.run(parts, nullptr), p.run(p.packed(), nullptr));
  std::vector<float> row(static_cast<std::size_t>(p.k));
  for (int64_t r = 0; r < p.n; ++r) {
    parts.unpack_row(r, row.data());
    EXPECT_TRUE(std::equal(row.begin(), row.end(), p.w.begin() + r * p.k)) << r;
  }
  EXPECT_THROW(parts.pack_rows(40, 6, p.w.data()), Error);
}

HONE_INSTANTIATE_SIMD_TARGETS(Gemm);

std::vector<float> stored(const std::vector<float>& row, WeightStorage storage) {
  PackedMatrix matrix(2, static_cast<int64_t>(row.size()), storage);
  matrix.pack_rows(1, 1, row.data());
  std::vector<float> out(row.size());
  matrix.unpack_row(1, out.data());
  return out;
}

TEST(StoredWeights, RepresentableOnesAreKept) {
  const std::vector<float> halves = {1.0f, -0.5f, 0.0f, 3.140625f, -0.0f, 0x1.fep127f, 0x1p-126f};
  EXPECT_EQ(stored(halves, WeightStorage::bfloat16), halves);
  const std::vector<float> steps = {127.0f, -127.0f, 0.0f, 3.0f, -64.0f};
  EXPECT_EQ(stored(steps, WeightStorage::int8), steps);
  for (const WeightStorage storage : kStorages) EXPECT_EQ(stored({0.0f, 0.0f}, storage), (std::vector<float>{0.0f, 0.0f}));
}

TEST(StoredWeights, RoundingIsToNearest) {
  const std::vector<float> row = random_floats(1001, 5);
  const std::vector<float> halves = stored(row, WeightStorage::bfloat16), steps = stored(row, WeightStorage::int8);
  float largest = 0.0f;
  for (const float w : row) largest = std::max(largest, std::abs(w));
  for (std::size_t i = 0; i < row.size(); ++i) {
    EXPECT_LE(std::abs(halves[i] - row[i]), std::abs(row[i]) * 0x1p-8f) << row[i];
    EXPECT_LE(std::abs(steps[i] - row[i]), largest / 127.0f * 0.50001f) << row[i];
  }
  EXPECT_EQ(stored(halves, WeightStorage::bfloat16), halves);
}

TEST(StoredWeights, BadValuesStayVisible) {
  for (const float bad : {INFINITY, -INFINITY, NAN}) {
    for (const WeightStorage storage : kStorages) {
      const std::vector<float> row = stored({1.0f, bad}, storage);
      EXPECT_FALSE(std::isfinite(row[1])) << to_string(storage);
    }
  }
  EXPECT_EQ(stored({1e-40f, -1e-41f}, WeightStorage::int8), (std::vector<float>{0.0f, 0.0f}));
}

TEST(StoredWeights, TakeTheMemoryThatTheirTypeSays) {
  const int64_t floats = PackedMatrix(64, 100).bytes();
  EXPECT_EQ(floats, 64 * 100 * 4);
  EXPECT_EQ(PackedMatrix(64, 100, WeightStorage::bfloat16).bytes(), floats / 2);
  EXPECT_EQ(PackedMatrix(64, 100, WeightStorage::int8).bytes(), floats / 4 + 64 * 4);
}

TEST(StoredWeights, NamesAreRead) {
  for (const WeightStorage storage : kStorages) EXPECT_EQ(weight_storage_from_string(to_string(storage)), storage);
  EXPECT_THROW(weight_storage_from_string("fp8"), Error);
}

TEST(GemmTargets, RefusesAMatrixOfAnotherInstructionSet) {
  const std::vector<int64_t> targets = runnable_simd_targets();
  const Problem p(2, 20, 8, false);
  const PackedMatrix best = p.packed();
  const ScopedSimdTarget other(targets.back());
  if (PackedMatrix(1, 1).panel_width() == best.panel_width()) GTEST_SKIP() << "one vector width only";
  EXPECT_THROW(p.run(best, nullptr), Error);
}

}  // namespace
}  // namespace hone::test
