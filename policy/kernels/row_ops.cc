#include "policy/kernels/row_ops.h"

#include <cmath>

#include "policy/kernels/highway_config.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "policy/kernels/row_ops.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace hone {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::CappedTag<float, 16>;
using OneTag = hn::CappedTag<float, 1>;

/// Calls body(tag, index) for each full vector of [0, n), then for each single element of the rest.
template <class Body>
HWY_INLINE void for_each_vector(int64_t n, const Body& body) {
  const FloatTag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) body(d, i);
  for (; i < n; ++i) body(OneTag(), i);
}

/// Four accumulators in turn, then lanes from first to last, then the rest.
HWY_INLINE float sum_of_squares(const float* x, int64_t n) {
  const FloatTag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto a = hn::Zero(d), b = hn::Zero(d), c = hn::Zero(d), e = hn::Zero(d);
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    const auto v0 = hn::LoadU(d, x + i), v1 = hn::LoadU(d, x + i + lanes);
    const auto v2 = hn::LoadU(d, x + i + 2 * lanes), v3 = hn::LoadU(d, x + i + 3 * lanes);
    a = hn::MulAdd(v0, v0, a);
    b = hn::MulAdd(v1, v1, b);
    c = hn::MulAdd(v2, v2, c);
    e = hn::MulAdd(v3, v3, e);
  }
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::LoadU(d, x + i);
    a = hn::MulAdd(v, v, a);
  }
  HWY_ALIGN float lane[16];
  hn::Store(hn::Add(hn::Add(a, b), hn::Add(c, e)), d, lane);
  float sum = 0.0f;
  for (int64_t l = 0; l < lanes; ++l) sum += lane[l];
  for (; i < n; ++i) sum += x[i] * x[i];
  return sum;
}

/// Returns 1 / sqrt(mean(x^2) + eps).
HWY_INLINE float normalise(const float* x, const float* weight, float eps, int64_t n, float* out) {
  const float scale = 1.0f / std::sqrt(sum_of_squares(x, n) / static_cast<float>(n) + eps);
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::LoadU(d, weight + i), hn::Mul(hn::LoadU(d, x + i), hn::Set(d, scale))), d, out + i);
  });
  return scale;
}

void add_vectors(float* x, const float* delta, int64_t n) {
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR { hn::StoreU(hn::Add(hn::LoadU(d, x + i), hn::LoadU(d, delta + i)), d, x + i); });
}

void add_rms_norm_rows(float* x, const float* delta, const float* weight, float eps, int64_t rows, int64_t width, float* out) {
  for (int64_t r = 0; r < rows; ++r) {
    if (delta != nullptr) add_vectors(x + r * width, delta + r * width, width);
    (void)normalise(x + r * width, weight, eps, width, out + r * width);
  }
}

void norm_rows(const float* x, const float* weight, float eps, int64_t rows, int64_t width, float* out, float* inverse_rms) {
  for (int64_t r = 0; r < rows; ++r) inverse_rms[r] = normalise(x + r * width, weight, eps, width, out + r * width);
}

void rotate_row(float* row, int64_t heads, int64_t head_dim, const float* norm_weight, float eps, const float* cos, const float* sin) {
  const int64_t half = head_dim / 2;
  for (int64_t h = 0; h < heads; ++h) {
    float* first = row + h * head_dim;
    float* second = first + half;
    if (norm_weight != nullptr) (void)normalise(first, norm_weight, eps, head_dim, first);
    for_each_vector(half, [&](auto d, int64_t i) HWY_ATTR {
      const auto a = hn::LoadU(d, first + i), b = hn::LoadU(d, second + i);
      const auto c = hn::LoadU(d, cos + i), s = hn::LoadU(d, sin + i);
      hn::StoreU(hn::Sub(hn::Mul(a, c), hn::Mul(b, s)), d, first + i);
      hn::StoreU(hn::Add(hn::Mul(b, c), hn::Mul(a, s)), d, second + i);
    });
  }
}

void gate_elements(const float* gate, const float* up, int64_t n, float* out) {
  for_each_vector(n, [&](auto d, int64_t i) HWY_ATTR {
    const auto g = hn::LoadU(d, gate + i);
    // 88 is where float's exp would overflow.
    const auto e = hn::Exp(d, hn::Min(hn::Neg(g), hn::Set(d, 88.0f)));
    hn::StoreU(hn::Mul(hn::Div(g, hn::Add(hn::Set(d, 1.0f), e)), hn::LoadU(d, up + i)), d, out + i);
  });
}

void swiglu_rows(const float* gate_up, int64_t rows, int64_t width, float* out) {
  for (int64_t r = 0; r < rows; ++r) gate_elements(gate_up + r * 2 * width, gate_up + r * 2 * width + width, width, out + r * width);
}

}  // namespace HWY_NAMESPACE
}  // namespace hone
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone {

HWY_EXPORT(add_rms_norm_rows);
HWY_EXPORT(add_vectors);
HWY_EXPORT(gate_elements);
HWY_EXPORT(norm_rows);
HWY_EXPORT(rotate_row);
HWY_EXPORT(swiglu_rows);

void add_rms_norm(float* x, const float* delta, const float* weight, float eps, int64_t rows, int64_t width, float* out) {
  HWY_DYNAMIC_DISPATCH(add_rms_norm_rows)(x, delta, weight, eps, rows, width, out);
}

void add_in_place(float* x, const float* delta, int64_t n) { HWY_DYNAMIC_DISPATCH(add_vectors)(x, delta, n); }

void rotate_heads(float* row, int64_t heads, int64_t head_dim, const float* norm_weight, float eps, const float* cos, const float* sin) {
  HWY_DYNAMIC_DISPATCH(rotate_row)(row, heads, head_dim, norm_weight, eps, cos, sin);
}

void swiglu(const float* gate_up, int64_t rows, int64_t width, float* out) {
  HWY_DYNAMIC_DISPATCH(swiglu_rows)(gate_up, rows, width, out);
}

void rms_norm_rows(const float* x, const float* weight, float eps, int64_t rows, int64_t width, float* out, float* inverse_rms) {
  HWY_DYNAMIC_DISPATCH(norm_rows)(x, weight, eps, rows, width, out, inverse_rms);
}

void swiglu_elements(const float* gate, const float* up, int64_t n, float* out) {
  HWY_DYNAMIC_DISPATCH(gate_elements)(gate, up, n, out);
}

}  // namespace hone
#endif  // HWY_ONCE
