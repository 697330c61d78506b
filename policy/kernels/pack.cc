#include "policy/kernels/pack.h"

#include "policy/kernels/highway_config.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "policy/kernels/pack.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace hone {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// to[j * to_stride + i] = from[i * from_stride + j] for i, j in 0..3.
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void transpose_4x4(const float* from, int64_t from_stride, float* to, int64_t to_stride) {
  for (int64_t i = 0; i < 16; ++i) to[i % 4 * to_stride + i / 4] = from[i / 4 * from_stride + i % 4];
}
#else
using FourTag = hn::CappedTag<float, 4>;

HWY_INLINE void transpose_4x4(const float* HWY_RESTRICT from, int64_t from_stride, float* HWY_RESTRICT to, int64_t to_stride) {
  const FourTag d;
  const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + from_stride);
  const auto r2 = hn::LoadU(d, from + 2 * from_stride), r3 = hn::LoadU(d, from + 3 * from_stride);
  const auto a = hn::InterleaveLower(d, r0, r2), b = hn::InterleaveLower(d, r1, r3);
  const auto e = hn::InterleaveUpper(d, r0, r2), f = hn::InterleaveUpper(d, r1, r3);
  hn::StoreU(hn::InterleaveLower(d, a, b), d, to);
  hn::StoreU(hn::InterleaveUpper(d, a, b), d, to + to_stride);
  hn::StoreU(hn::InterleaveLower(d, e, f), d, to + 2 * to_stride);
  hn::StoreU(hn::InterleaveUpper(d, e, f), d, to + 3 * to_stride);
}
#endif

void columns_to_panel(const float* columns, int64_t stride, int64_t k, int64_t count, int64_t width, float* out) {
  int64_t c = 0;
  for (; c + 4 <= count; c += 4) {
    const float* from = columns + c * stride;
    int64_t p = 0;
    for (; p + 4 <= k; p += 4) transpose_4x4(from + p, stride, out + p * width + c, width);
    for (; p < k; ++p) {
      for (int64_t i = 0; i < 4; ++i) out[p * width + c + i] = from[i * stride + p];
    }
  }
  for (; c < count; ++c) {
    for (int64_t p = 0; p < k; ++p) out[p * width + c] = columns[c * stride + p];
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace hone
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone {

HWY_EXPORT(columns_to_panel);

void pack_columns(const float* columns, int64_t stride, int64_t k, int64_t count, int64_t width, float* out) {
  HWY_DYNAMIC_DISPATCH(columns_to_panel)(columns, stride, k, count, width, out);
}

}  // namespace hone
#endif  // HWY_ONCE
