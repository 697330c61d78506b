// The one inner loop of all matrix products (projections, head, Q K^T, P V), compiled once per instruction set.
//
// A tile is R rows x P panels of 2 vectors: y[r][c] += x[r][k] * w[k][c] for k = 0, 1, ... in sequence, one fused multiply-add
// into one accumulator per output. So an output's bits do not depend on the tile it falls into, nor on how x is laid out.
#if defined(HONE_MICRO_KERNEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HONE_MICRO_KERNEL_INL_H_
#undef HONE_MICRO_KERNEL_INL_H_
#else
#define HONE_MICRO_KERNEL_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace hone {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::CappedTag<float, 16>;
using FloatVec = hn::Vec<FloatTag>;

constexpr std::size_t kLanes = HWY_MIN(HWY_LANES(float), 16);
constexpr std::size_t kPanelWidth = 2 * kLanes;
/// 12 x 2 accumulators of 32 registers on AVX-512, 6 x 2 of 16 elsewhere.
constexpr std::size_t kMaxTileRows = HWY_TARGET <= HWY_AVX3 ? 12 : 6;

/// How weights are stored, and how a vector of them becomes float32. What is multiplied is that float32 value, so that a product has
/// the bits of one with the widened weights stored as float32.
struct FloatWeights {
  using Element = float;
  static HWY_INLINE FloatVec load(FloatTag d, const float* from, const float*, std::size_t) { return hn::LoadU(d, from); }
};

struct Bfloat16Weights {
  using Element = uint16_t;
  static HWY_INLINE FloatVec load(FloatTag d, const uint16_t* from, const float*, std::size_t) {
    const hn::Rebind<uint16_t, FloatTag> narrow;
    const hn::Rebind<uint32_t, FloatTag> wide;
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(wide, hn::LoadU(narrow, from))));
  }
};

struct Int8Weights {
  using Element = int8_t;
  static HWY_INLINE FloatVec load(FloatTag d, const int8_t* from, const float* scales, std::size_t column) {
    const hn::Rebind<int8_t, FloatTag> narrow;
    const hn::Rebind<int32_t, FloatTag> wide;
    return hn::Mul(hn::ConvertTo(d, hn::PromoteTo(wide, hn::LoadU(narrow, from))), hn::LoadU(d, scales + column));
  }
};

template <class W>
struct TileOf {
  const float* x;            // element (r, k) at x + r * x_stride + k, or at x + k * x_stride + r where x is transposed
  std::size_t x_stride;
  const typename W::Element* w;  // element (k, column c of panel p) at w + p * panel_stride + k * w_stride + c
  std::size_t w_stride;
  std::size_t panel_stride;
  std::size_t k;
  float* y;                  // row r, panel p at y + r * y_stride + p * kPanelWidth
  std::size_t y_stride;
  const float* scales = nullptr;  // Int8Weights: of the panels' columns
  const typename W::Element* prefetch = nullptr;  // weights to fetch into the second-level cache meanwhile, k * w_stride apart; null: none
};
using Tile = TileOf<FloatWeights>;

/// How accumulators begin: at 0, at a bias per column (`start`, as long as the tile is wide), or at what `y` holds.
enum class TileStart { zero, bias, resume };

/// Which way the elements of x lie.
enum class XOrder { rows, transposed };

HWY_INLINE void fetch(const void* line) { __builtin_prefetch(line, 0, 2); }

template <int R, int P, XOrder Order, class W>
HWY_INLINE void run_tile(const TileOf<W>& t, TileStart start, const float* bias) {
  const FloatTag d;
  constexpr int kV = 2 * P;
  FloatVec acc[R][kV];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kV; ++v) acc[r][v] = hn::Zero(d);
  }
  if (start != TileStart::zero) {
    const float* from = start == TileStart::bias ? bias : t.y;
    const std::size_t stride = start == TileStart::bias ? 0 : t.y_stride;
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
      for (int v = 0; v < kV; ++v) acc[r][v] = hn::LoadU(d, from + r * stride + v * kLanes);
    }
  }
  const typename W::Element* HWY_RESTRICT w = t.w;
  const float* HWY_RESTRICT x = t.x;
  const std::size_t x_stride = t.x_stride;
  const std::size_t panel_stride = t.panel_stride;
  const typename W::Element* ahead = t.prefetch == nullptr ? w : t.prefetch;
  for (std::size_t k = 0; k < t.k; ++k) {
    if constexpr (P == 1 && R >= 4) {
      fetch(ahead);
      if constexpr (kPanelWidth * sizeof(*ahead) > 64) fetch(ahead + kLanes);
      ahead += t.w_stride;
    }
    FloatVec b[kV];
#pragma GCC unroll 16
    for (int v = 0; v < kV; ++v) b[v] = W::load(d, w + (v / 2) * panel_stride + (v % 2) * kLanes, t.scales, v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const FloatVec a = hn::Set(d, Order == XOrder::rows ? x[r * x_stride + k] : x[k * x_stride + r]);
#pragma GCC unroll 16
      for (int v = 0; v < kV; ++v) acc[r][v] = hn::MulAdd(a, b[v], acc[r][v]);
    }
    w += t.w_stride;
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kV; ++v) hn::StoreU(acc[r][v], d, t.y + r * t.y_stride + v * kLanes);
  }
}

/// Panels that `rows` rows take at once: enough independent accumulators to hide the latency of a multiply-add.
HWY_INLINE std::size_t tile_panels(std::size_t rows, std::size_t panels_left) {
  if (rows == 1 && panels_left >= 4) return 4;
  return rows <= 3 && panels_left >= 2 ? 2 : 1;
}

template <XOrder Order = XOrder::rows, class W>
HWY_INLINE void run_tile(std::size_t rows, std::size_t panels, const TileOf<W>& t, TileStart start, const float* bias) {
  switch (rows) {
    case 1:
      if (panels == 4) return run_tile<1, 4, Order>(t, start, bias);
      return panels == 2 ? run_tile<1, 2, Order>(t, start, bias) : run_tile<1, 1, Order>(t, start, bias);
    case 2: return panels == 2 ? run_tile<2, 2, Order>(t, start, bias) : run_tile<2, 1, Order>(t, start, bias);
    case 3: return panels == 2 ? run_tile<3, 2, Order>(t, start, bias) : run_tile<3, 1, Order>(t, start, bias);
    case 4: return run_tile<4, 1, Order>(t, start, bias);
    case 5: return run_tile<5, 1, Order>(t, start, bias);
    case 6: return run_tile<6, 1, Order>(t, start, bias);
    default: break;
  }
  if constexpr (kMaxTileRows > 6) {
    switch (rows) {
      case 7: return run_tile<7, 1, Order>(t, start, bias);
      case 8: return run_tile<8, 1, Order>(t, start, bias);
      case 9: return run_tile<9, 1, Order>(t, start, bias);
      case 10: return run_tile<10, 1, Order>(t, start, bias);
      case 11: return run_tile<11, 1, Order>(t, start, bias);
      default: return run_tile<12, 1, Order>(t, start, bias);
    }
  }
}

/// Rows of the next tile when `rows` are left: even parts, so that 8 rows are 4 + 4 rather than 6 + 2.
HWY_INLINE std::size_t next_tile_rows(std::size_t rows) {
  const std::size_t tiles = (rows + kMaxTileRows - 1) / kMaxTileRows;
  return (rows + tiles - 1) / tiles;
}

}  // namespace HWY_NAMESPACE
}  // namespace hone
HWY_AFTER_NAMESPACE();

#endif  // HONE_MICRO_KERNEL_INL_H_
