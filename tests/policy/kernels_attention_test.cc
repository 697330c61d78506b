#include "policy/kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "tests/policy/kernels_test_support.h"

namespace hone::test {
namespace {

class Attention : public EachSimdTarget {};

/// Keys and values of `length` positions, laid out in blocks that hold `counts` positions in turn.
struct Cache {
  int32_t dim;
  int64_t stride;
  std::vector<float> keys, values;  // [length][dim]
  std::vector<std::vector<float>> blocks;
  std::vector<KvRun> runs;

  Cache(int32_t length, int32_t head_dim, const std::vector<int32_t>& counts) : dim(head_dim), stride(attention_value_stride(dim)) {
    keys = random_floats(static_cast<std::size_t>(length * dim), 1);
    values = random_floats(static_cast<std::size_t>(length * dim), 2);
    for (int32_t begin = 0, b = 0; begin < length; ++b) {
      const int32_t count = std::min(length - begin, counts[static_cast<std::size_t>(b) % counts.size()]);
      std::vector<float> block(static_cast<std::size_t>(kKvBlock * (dim + stride)), 3.0e30f);  // what is unused must not matter
      for (int32_t t = 0; t < count; ++t) {
        for (int32_t d = 0; d < dim; ++d) {
          block[static_cast<std::size_t>(d * kKvBlock + t)] = keys[static_cast<std::size_t>((begin + t) * dim + d)];
          block[static_cast<std::size_t>(dim * kKvBlock + t * stride + d)] = values[static_cast<std::size_t>((begin + t) * dim + d)];
        }
      }
      blocks.push_back(std::move(block));
      runs.push_back({blocks.back().data(), blocks.back().data() + dim * kKvBlock, count});
      begin += count;
    }
  }

  std::vector<double> slow(const float* q, int32_t visible, double scale) const {
    std::vector<double> p(static_cast<std::size_t>(visible));
    double max = -1e300, sum = 0.0;
    for (int32_t t = 0; t < visible; ++t) {
      double s = 0.0;
      for (int32_t d = 0; d < dim; ++d) s += static_cast<double>(q[d]) * keys[static_cast<std::size_t>(t * dim + d)];
      p[static_cast<std::size_t>(t)] = s * scale;
      max = std::max(max, s * scale);
    }
    for (double& v : p) sum += v = std::exp(v - max);
    std::vector<double> out(static_cast<std::size_t>(dim));
    for (int32_t t = 0; t < visible; ++t) {
      for (int32_t d = 0; d < dim; ++d) {
        out[static_cast<std::size_t>(d)] += p[static_cast<std::size_t>(t)] / sum * values[static_cast<std::size_t>(t * dim + d)];
      }
    }
    return out;
  }
};

std::vector<float> run(const Cache& cache, const std::vector<float>& q, int32_t rows, int32_t group, int32_t first_visible) {
  const int64_t width = static_cast<int64_t>(group) * cache.dim;
  std::vector<float> out(static_cast<std::size_t>(rows * width));
  attend(cache.runs, {.q = q.data(), .q_stride = width, .out = out.data(), .out_stride = width, .rows = rows, .group = group,
                      .head_dim = cache.dim, .first_visible = first_visible, .scale = 0.4f});
  return out;
}

TEST_P(Attention, EqualsTheDefinition) {
  for (const int32_t dim : {2, 10, 24, 64}) {
    for (const int32_t group : {1, 3, 7}) {
      for (const int32_t first_visible : {1, 5, 32, 33, 100}) {
        const int32_t rows = first_visible == 5 ? 9 : (first_visible == 32 ? 3 : 1);
        const Cache cache(first_visible + rows - 1, dim, {kKvBlock});
        const std::vector<float> q = random_floats(static_cast<std::size_t>(rows * group * dim), 3);
        const std::vector<float> out = run(cache, q, rows, group, first_visible);
        for (int32_t line = 0; line < rows * group; ++line) {
          const std::vector<double> expected = cache.slow(q.data() + line * dim, first_visible + line / group, 0.4f);
          for (int32_t d = 0; d < dim; ++d) {
            ASSERT_NEAR(out[static_cast<std::size_t>(line * dim + d)], expected[static_cast<std::size_t>(d)], 3e-6)
                << "dim " << dim << " group " << group << " visible " << first_visible;
          }
        }
      }
    }
  }
}

TEST_P(Attention, BitsDoNotDependOnBlocksOrOnTheOtherRows) {
  const int32_t dim = 24, group = 3, rows = 8, first_visible = 90;
  const Cache full(97, dim, {kKvBlock}), ragged(97, dim, {13, kKvBlock, 1, 7});
  const std::vector<float> q = random_floats(static_cast<std::size_t>(rows * group * dim), 3);
  const std::vector<float> together = run(full, q, rows, group, first_visible);
  EXPECT_EQ(run(ragged, q, rows, group, first_visible), together);
  const std::size_t width = static_cast<std::size_t>(group * dim);
  for (int32_t r = 0; r < rows; ++r) {
    const auto at = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(r) * width);
    const std::vector<float> own(q.begin() + at, q.begin() + at + static_cast<std::ptrdiff_t>(width));
    const std::vector<float> alone = run(full, own, 1, group, first_visible + r);
    EXPECT_EQ(std::memcmp(alone.data(), together.data() + at, width * sizeof(float)), 0) << r;
  }
}

HONE_INSTANTIATE_SIMD_TARGETS(Attention);

}  // namespace
}  // namespace hone::test
