#include "policy/kernels/gemm.h"

#include <algorithm>
#include <cstring>

#include "policy/kernels/parallel.h"
#include "proto/base/error.h"

#include "policy/kernels/highway_config.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "policy/kernels/gemm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "policy/kernels/micro_kernel-inl.h"

#ifndef HONE_KERNELS_GEMM_TYPES_
#define HONE_KERNELS_GEMM_TYPES_
namespace hone {

/// One task: rows [row_begin, row_end) by panels [panel_begin, panel_end).
struct GemmBlock {
  const float* x;
  int64_t x_stride;
  int64_t row_begin, row_end;
  const PackedMatrix* w;
  int64_t panel_begin, panel_end;
  const float* bias;
  float* y;
  int64_t y_stride;
};

}  // namespace hone
#endif

HWY_BEFORE_NAMESPACE();
namespace hone {
namespace HWY_NAMESPACE {

int64_t gemm_panel_width() { return static_cast<int64_t>(kPanelWidth); }

/// A panel's share of K stays in the first-level cache while all row tiles pass over it; the outputs of a group of panels stay in
/// the second-level cache from one share to the next.
constexpr int64_t kBlockK = 256;
constexpr int64_t kGroupPanels = 8;

struct Block {
  const GemmBlock& g;
  int64_t k_begin, k_end;

  TileStart start() const {
    if (k_begin > 0) return TileStart::resume;
    return g.bias != nullptr ? TileStart::bias : TileStart::zero;
  }

  void whole(int64_t row, int64_t rows, int64_t panel, std::size_t panels) const {
    const int64_t width = static_cast<int64_t>(kPanelWidth);
    const Tile tile{.x = g.x + row * g.x_stride + k_begin,
                    .x_stride = static_cast<std::size_t>(g.x_stride),
                    .w = g.w->panel(panel) + k_begin * width,
                    .w_stride = kPanelWidth,
                    .panel_stride = static_cast<std::size_t>(g.w->k() * width),
                    .k = static_cast<std::size_t>(k_end - k_begin),
                    .y = g.y + row * g.y_stride + panel * width,
                    .y_stride = static_cast<std::size_t>(g.y_stride)};
    run_tile(static_cast<std::size_t>(rows), panels, tile, start(), g.bias != nullptr ? g.bias + panel * width : nullptr);
  }

  /// The last panel when N is not a multiple of its width: the tile works on a copy.
  void partial(int64_t row, int64_t rows, int64_t panel) const {
    const int64_t width = static_cast<int64_t>(kPanelWidth);
    const int64_t columns = g.w->n() - panel * width;
    HWY_ALIGN float copy[kMaxTileRows * kPanelWidth];
    HWY_ALIGN float bias[kPanelWidth] = {};
    float* y = g.y + row * g.y_stride + panel * width;
    const std::size_t bytes = static_cast<std::size_t>(columns) * sizeof(float);
    std::memset(copy, 0, sizeof copy);
    if (start() == TileStart::resume) {
      for (int64_t r = 0; r < rows; ++r) std::memcpy(copy + r * width, y + r * g.y_stride, bytes);
    }
    if (g.bias != nullptr) std::memcpy(bias, g.bias + panel * width, bytes);
    const Tile tile{.x = g.x + row * g.x_stride + k_begin,
                    .x_stride = static_cast<std::size_t>(g.x_stride),
                    .w = g.w->panel(panel) + k_begin * width,
                    .w_stride = kPanelWidth,
                    .panel_stride = 0,
                    .k = static_cast<std::size_t>(k_end - k_begin),
                    .y = copy,
                    .y_stride = kPanelWidth};
    run_tile(static_cast<std::size_t>(rows), 1, tile, start(), bias);
    for (int64_t r = 0; r < rows; ++r) std::memcpy(y + r * g.y_stride, copy + r * width, bytes);
  }
};

void gemm_panels(const Block& block, int64_t panel, int64_t panel_end) {
  const GemmBlock& g = block.g;
  const auto rows = static_cast<std::size_t>(g.row_end - g.row_begin);
  const int64_t whole_end = std::min(panel_end, g.w->n() / static_cast<int64_t>(kPanelWidth));
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

void gemm_block(const GemmBlock& g) {
  const int64_t k = g.w->k();
  // One tile of rows meets each weight once: no reuse to block for.
  const bool one_tile = g.row_end - g.row_begin <= static_cast<int64_t>(kMaxTileRows);
  const int64_t block_k = one_tile ? k : kBlockK;
  const int64_t group = one_tile ? g.panel_end - g.panel_begin : kGroupPanels;
  for (int64_t panel = g.panel_begin; panel < g.panel_end; panel += group) {
    for (int64_t k_begin = 0; k_begin < k; k_begin += block_k) {
      gemm_panels(Block{g, k_begin, std::min(k, k_begin + block_k)}, panel, std::min(g.panel_end, panel + group));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace hone
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone {

HWY_EXPORT(gemm_panel_width);
HWY_EXPORT(gemm_block);

PackedMatrix::PackedMatrix(int64_t n, int64_t k)
    : n_(n),
      k_(k),
      panel_width_(HWY_DYNAMIC_DISPATCH(gemm_panel_width)()),
      panels_((n + panel_width_ - 1) / panel_width_),
      data_(static_cast<std::size_t>(panels_ * panel_width_ * k)) {
  if (data_.size() > 0) std::memset(data_.data(), 0, data_.size() * sizeof(float));
}

void PackedMatrix::pack_rows(int64_t first_row, int64_t rows, const float* source) {
  HONE_CHECK(first_row >= 0 && rows >= 0 && first_row + rows <= n_, "rows outside the packed matrix");
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t row = first_row + r;
    float* out = data_.data() + (row / panel_width_) * panel_width_ * k_ + row % panel_width_;
    const float* in = source + r * k_;
    for (int64_t k = 0; k < k_; ++k) out[k * panel_width_] = in[k];
  }
}

void PackedMatrix::unpack_row(int64_t row, float* out) const {
  const float* in = panel(row / panel_width_) + row % panel_width_;
  for (int64_t k = 0; k < k_; ++k) out[k] = in[k * panel_width_];
}

void gemm(const float* x, int64_t x_stride, int64_t m, const PackedMatrix& w, const float* bias, float* y, int64_t y_stride,
          ThreadPool* pool) {
  if (m <= 0 || w.n() == 0) return;
  HONE_CHECK(w.panel_width() == HWY_DYNAMIC_DISPATCH(gemm_panel_width)(), "matrix packed for another instruction set");
  // Rows per block so that their K-slices stay in the second-level cache.
  constexpr int64_t kBlockRows = 192;
  const int64_t row_blocks = (m + kBlockRows - 1) / kBlockRows;
  const int64_t rows_per_block = (m + row_blocks - 1) / row_blocks;
  const double work_per_panel = 2.0 * static_cast<double>(std::min(m, rows_per_block) * w.k() * w.panel_width()) +
                                static_cast<double>(kStreamCost * w.k() * w.panel_width());
  for (int64_t row = 0; row < m; row += rows_per_block) {
    const int64_t row_end = std::min(m, row + rows_per_block);
    parallel_ranges(pool, w.panels(), work_per_panel, 4, [&](int64_t begin, int64_t end) {
      HWY_DYNAMIC_DISPATCH(gemm_block)
      (GemmBlock{x, x_stride, row, row_end, &w, begin, end, bias, y, y_stride});
    });
  }
}

}  // namespace hone
#endif  // HWY_ONCE
