#include "policy/kernels/gemm_block.h"

#include <algorithm>
#include <cstring>

#include "policy/kernels/highway_config.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "policy/kernels/gemm_block.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "policy/kernels/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone {
namespace HWY_NAMESPACE {

constexpr int64_t kWidth = static_cast<int64_t>(kPanelWidth);

int64_t panel_width() { return kWidth; }

/// A panel's share of K stays in the first-level cache while all row tiles pass over it; the outputs of a group of panels stay in
/// the second-level cache from one share to the next.
constexpr int64_t kBlockK = 256;
constexpr int64_t kGroupPanels = 8;
/// Rows of a panel between the one that is used and the one that is fetched.
constexpr int64_t kFetchAhead = 64;

template <XOrder Order, class W>
struct Block {
  const GemmBlock& g;
  int64_t k_begin, k_end;

  TileStart start() const {
    if (k_begin > 0 || g.start == GemmStart::accumulate) return TileStart::resume;
    return g.start == GemmStart::bias ? TileStart::bias : TileStart::zero;
  }

  TileOf<W> tile(int64_t row, int64_t panel) const {
    return {.x = g.x + (Order == XOrder::rows ? row * g.x_stride + k_begin : k_begin * g.x_stride + row),
            .x_stride = static_cast<std::size_t>(g.x_stride),
            .w = static_cast<const typename W::Element*>(g.panels) + (panel * g.k + k_begin) * kWidth,
            .w_stride = kPanelWidth,
            .panel_stride = static_cast<std::size_t>(g.k * kWidth),
            .k = static_cast<std::size_t>(k_end - k_begin),
            .y = g.y + row * g.y_stride + panel * kWidth,
            .y_stride = static_cast<std::size_t>(g.y_stride),
            .scales = g.scales == nullptr ? nullptr : g.scales + panel * kWidth};
  }

  void whole(int64_t row, int64_t rows, int64_t panel, std::size_t panels) const {
    const float* bias = g.start == GemmStart::bias ? g.bias + panel * kWidth : nullptr;
    TileOf<W> whole_tile = tile(row, panel);
    whole_tile.prefetch = ahead_of(whole_tile, row, panel);
    run_tile<Order>(static_cast<std::size_t>(rows), panels, whole_tile, start(), bias);
  }

  /// What a tile fetches for later: the first of several tiles of rows the next panel, so that memory and arithmetic overlap; the only
  /// one what it will read itself, since a hardware prefetcher stops at the end of a page.
  const typename W::Element* ahead_of(const TileOf<W>& own, int64_t row, int64_t panel) const {
    if (g.row_end - g.row_begin <= static_cast<int64_t>(kMaxTileRows)) return own.w + kFetchAhead * kWidth;
    return row == g.row_begin && panel + 1 < g.panel_end ? own.w + own.panel_stride : nullptr;
  }

  /// The last panel when the columns are not a multiple of its width: the tile works on a copy.
  void partial(int64_t row, int64_t rows, int64_t panel) const {
    HWY_ALIGN float copy[kMaxTileRows * kPanelWidth];
    HWY_ALIGN float bias[kPanelWidth] = {};
    float* y = g.y + row * g.y_stride + panel * kWidth;
    const std::size_t bytes = static_cast<std::size_t>(g.columns - panel * kWidth) * sizeof(float);
    std::memset(copy, 0, sizeof copy);
    if (start() == TileStart::resume) {
      for (int64_t r = 0; r < rows; ++r) std::memcpy(copy + r * kWidth, y + r * g.y_stride, bytes);
    }
    if (g.start == GemmStart::bias) std::memcpy(bias, g.bias + panel * kWidth, bytes);
    TileOf<W> part = tile(row, panel);
    part.panel_stride = 0;
    part.y = copy;
    part.y_stride = kPanelWidth;
    run_tile<Order>(static_cast<std::size_t>(rows), 1, part, start(), bias);
    for (int64_t r = 0; r < rows; ++r) std::memcpy(y + r * g.y_stride, copy + r * kWidth, bytes);
  }
};

template <XOrder Order, class W>
void multiply_panels(const Block<Order, W>& block, int64_t panel, int64_t panel_end) {
  const GemmBlock& g = block.g;
  const auto rows = static_cast<std::size_t>(g.row_end - g.row_begin);
  const int64_t whole_end = std::min(panel_end, g.columns / kWidth);
  while (panel < panel_end) {
    const bool whole = panel < whole_end;
    const std::size_t panels = whole ? tile_panels(rows, static_cast<std::size_t>(whole_end - panel)) : 1;
    for (int64_t row = g.row_begin; row < g.row_end;) {
      const auto n = static_cast<int64_t>(next_tile_rows(static_cast<std::size_t>(g.row_end - row)));
      if (whole) {
        block.whole(row, n, panel, panels);
      } else {
        block.partial(row, n, panel);
      }
      row += n;
    }
    panel += static_cast<int64_t>(panels);
  }
}

/// One tile of rows meets each weight once: no reuse to block for.
bool is_one_tile(const GemmBlock& g) { return g.row_end - g.row_begin <= static_cast<int64_t>(kMaxTileRows); }

template <XOrder Order, class W>
void multiply_block(const GemmBlock& g) {
  const bool one_tile = is_one_tile(g);
  const int64_t block_k = one_tile ? std::max<int64_t>(1, g.k) : kBlockK;
  const int64_t group = one_tile ? g.panel_end - g.panel_begin : kGroupPanels;
  for (int64_t panel = g.panel_begin; panel < g.panel_end; panel += group) {
    int64_t k_begin = 0;
    do {  // at least once: without an inner dimension the outputs are their start values
      const int64_t k_end = std::min(g.k, k_begin + block_k);
      multiply_panels(Block<Order, W>{g, k_begin, k_end}, panel, std::min(g.panel_end, panel + group));
      k_begin = k_end;
    } while (k_begin < g.k);
  }
}

/// A panel's weights k in [k_begin, k_begin + count) as float32.
template <class W>
void widen_panel(const GemmBlock& g, int64_t panel, int64_t k_begin, int64_t count, float* out) {
  const FloatTag d;
  const typename W::Element* from = static_cast<const typename W::Element*>(g.panels) + (panel * g.k + k_begin) * kWidth;
  const float* scales = g.scales == nullptr ? nullptr : g.scales + panel * kWidth;
  for (int64_t k = 0; k < count; ++k, from += kWidth, out += kWidth) {
    hn::Store(W::load(d, from, scales, 0), d, out);
    hn::Store(W::load(d, from + kLanes, scales, kLanes), d, out + kLanes);
  }
}

/// A share of the inner dimension of one panel, widened once for all tiles of rows.
template <class W>
void multiply_widened(const GemmBlock& g, int64_t panel, int64_t k_begin, int64_t k_end, float* widened) {
  widen_panel<W>(g, panel, k_begin, k_end - k_begin, widened);
  GemmBlock part = g;
  part.x += k_begin;
  part.panels = widened;
  part.storage = WeightStorage::float32;
  part.scales = nullptr;
  part.k = k_end - k_begin;
  part.columns = std::min(kWidth, g.columns - panel * kWidth);
  part.panel_begin = 0;
  part.panel_end = 1;
  if (part.bias != nullptr) part.bias += panel * kWidth;
  if (k_begin > 0) part.start = GemmStart::accumulate;
  part.y += panel * kWidth;
  multiply_block<XOrder::rows, FloatWeights>(part);
}

template <class W>
void multiply_stored(const GemmBlock& g) {
  if (is_one_tile(g)) return multiply_block<XOrder::rows, W>(g);
  HWY_ALIGN float widened[kBlockK * kWidth];
  for (int64_t group = g.panel_begin; group < g.panel_end; group += kGroupPanels) {
    int64_t k_begin = 0;
    do {
      const int64_t k_end = std::min(g.k, k_begin + kBlockK);
      for (int64_t panel = group; panel < std::min(g.panel_end, group + kGroupPanels); ++panel) {
        multiply_widened<W>(g, panel, k_begin, k_end, widened);
      }
      k_begin = k_end;
    } while (k_begin < g.k);
  }
}

void gemm_block(const GemmBlock& g) {
  switch (g.storage) {
    case WeightStorage::bfloat16: return multiply_stored<Bfloat16Weights>(g);
    case WeightStorage::int8: return multiply_stored<Int8Weights>(g);
    case WeightStorage::float32: break;
  }
  g.x_transposed ? multiply_block<XOrder::transposed, FloatWeights>(g) : multiply_block<XOrder::rows, FloatWeights>(g);
}

}  // namespace HWY_NAMESPACE
}  // namespace hone
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone {

HWY_EXPORT(panel_width);
HWY_EXPORT(gemm_block);

int64_t gemm_panel_width() { return HWY_DYNAMIC_DISPATCH(panel_width)(); }

void run_gemm_block(const GemmBlock& block) { HWY_DYNAMIC_DISPATCH(gemm_block)(block); }

}  // namespace hone
#endif  // HWY_ONCE
