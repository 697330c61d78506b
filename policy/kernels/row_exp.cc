#include "policy/kernels/row_exp.h"

#include <algorithm>
#include <cstring>

#include "policy/kernels/highway_config.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "policy/kernels/row_exp.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace hone {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::CappedTag<float, 16>;

template <class D>
HWY_INLINE hn::Vec<D> scaled_exp(D d, hn::Vec<D> x, float max, float scale) {
  const auto v = hn::Mul(hn::Sub(x, hn::Set(d, max)), hn::Set(d, scale));
  return hn::IfThenElse(hn::Eq(v, v), hn::Exp(d, v), v);  // Highway's Exp makes 0 of NaN, which would hide a diverged model
}

template <class V>
HWY_INLINE float sum_in_lane_order(V v) {
  HWY_ALIGN float lane[16];
  const FloatTag d;
  hn::Store(v, d, lane);
  float sum = 0.0f;
  for (std::size_t l = 0; l < hn::Lanes(d); ++l) sum += lane[l];
  return sum;
}

float max_of_row(const float* x, int64_t n) {
  const FloatTag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto a = hn::Set(d, x[0]), b = a, c = a, e = a;
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    a = hn::Max(a, hn::LoadU(d, x + i));
    b = hn::Max(b, hn::LoadU(d, x + i + lanes));
    c = hn::Max(c, hn::LoadU(d, x + i + 2 * lanes));
    e = hn::Max(e, hn::LoadU(d, x + i + 3 * lanes));
  }
  for (; i + lanes <= n; i += lanes) a = hn::Max(a, hn::LoadU(d, x + i));
  HWY_ALIGN float lane[16];
  hn::Store(hn::Max(hn::Max(a, b), hn::Max(c, e)), d, lane);
  float max = *std::max_element(lane, lane + lanes);
  for (; i < n; ++i) max = std::max(max, x[i]);
  return max;
}

/// Writes the exponentials where `out` is not null and returns their sum: two accumulators in turn, lanes in order, the rest.
HWY_INLINE float exp_row(const float* x, int64_t n, float max, float scale, float* out) {
  const FloatTag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto a = hn::Zero(d), b = hn::Zero(d);
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const auto e0 = scaled_exp(d, hn::LoadU(d, x + i), max, scale);
    const auto e1 = scaled_exp(d, hn::LoadU(d, x + i + lanes), max, scale);
    if (out != nullptr) {
      hn::StoreU(e0, d, out + i);
      hn::StoreU(e1, d, out + i + lanes);
    }
    a = hn::Add(a, e0);
    b = hn::Add(b, e1);
  }
  // Fewer than two vectors are left: computed as vectors, added one by one.
  float rest = 0.0f;
  if (const int64_t left = n - i; left > 0) {
    HWY_ALIGN float tail[32] = {};
    const std::size_t bytes = static_cast<std::size_t>(left) * sizeof(float);
    std::memcpy(tail, x + i, bytes);
    for (int64_t t = 0; t < left; t += lanes) hn::Store(scaled_exp(d, hn::Load(d, tail + t), max, scale), d, tail + t);
    for (int64_t t = 0; t < left; ++t) rest += tail[t];
    if (out != nullptr) std::memcpy(out + i, tail, bytes);
  }
  return sum_in_lane_order(hn::Add(a, b)) + rest;
}

void exp_sums_of_blocks(const float* x, int64_t n, float max, float scale, double* block_sums) {
  for (int64_t begin = 0, block = 0; begin < n; begin += kExpBlock, ++block) {
    block_sums[block] = exp_row(x + begin, std::min(kExpBlock, n - begin), max, scale, nullptr);
  }
}

void exp_of_row(const float* x, int64_t n, float max, float scale, float* out) { (void)exp_row(x, n, max, scale, out); }

float softmax_of_row(float* x, int64_t n, float scale, float* max) {
  *max = max_of_row(x, n);
  return exp_row(x, n, *max, scale, x);
}

}  // namespace HWY_NAMESPACE
}  // namespace hone
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone {

HWY_EXPORT(max_of_row);
HWY_EXPORT(exp_sums_of_blocks);
HWY_EXPORT(exp_of_row);
HWY_EXPORT(softmax_of_row);

float max_value(const float* x, int64_t n) { return HWY_DYNAMIC_DISPATCH(max_of_row)(x, n); }

void exp_block_sums(const float* x, int64_t n, float max, float scale, double* block_sums) {
  HWY_DYNAMIC_DISPATCH(exp_sums_of_blocks)(x, n, max, scale, block_sums);
}

void exp_values(const float* x, int64_t n, float max, float scale, float* out) {
  HWY_DYNAMIC_DISPATCH(exp_of_row)(x, n, max, scale, out);
}

SoftmaxNumerators softmax_numerators(float* x, int64_t n, float scale) {
  SoftmaxNumerators result{};
  result.sum = HWY_DYNAMIC_DISPATCH(softmax_of_row)(x, n, scale, &result.max);
  return result;
}

}  // namespace hone
#endif  // HWY_ONCE
