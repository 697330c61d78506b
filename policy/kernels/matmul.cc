#include "policy/kernels/matmul.h"

#include <algorithm>
#include <cstring>

#include "policy/kernels/aligned_buffer.h"
#include "policy/kernels/parallel.h"

#include "policy/kernels/highway_config.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "policy/kernels/matmul.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "policy/kernels/micro_kernel-inl.h"

#ifndef HONE_KERNELS_MATMUL_TYPES_
#define HONE_KERNELS_MATMUL_TYPES_
namespace hone {

/// One task: rows [row_begin, row_end) by columns [column_begin, column_end) of C, the whole inner dimension.
struct MatmulTask {
  MatmulShape shape;
  MatrixView a, b;
  MatmulStart start;
  const float* bias;
  float* c;
  int64_t c_stride;
  int64_t row_begin, row_end;
  int64_t column_begin, column_end;
};

/// A share of the inner dimension: a packed panel of it stays in the first-level cache while the row tiles pass over it.
inline constexpr int64_t kMatmulBlockK = 256;
/// Columns packed at a time: kMatmulBlockK x kMatmulColumns floats stay in the second-level cache.
inline constexpr int64_t kMatmulColumns = 512;

}  // namespace hone
#endif

HWY_BEFORE_NAMESPACE();
namespace hone {
namespace HWY_NAMESPACE {

constexpr int64_t kWidth = static_cast<int64_t>(kPanelWidth);

int64_t matmul_panel_width() { return kWidth; }

/// Packs rows [k_begin, k_end) x columns [begin, begin + columns) of B as one panel, zeros beyond `columns`.
void pack_panel(const MatrixView& b, int64_t k_begin, int64_t k_end, int64_t begin, int64_t columns, float* HWY_RESTRICT out) {
  const int64_t rows = k_end - k_begin;
  if (columns < kWidth) std::memset(out, 0, static_cast<std::size_t>(rows * kWidth) * sizeof(float));
  if (!b.transposed) {
    const float* from = b.data + k_begin * b.stride + begin;
    for (int64_t p = 0; p < rows; ++p, from += b.stride, out += kWidth) {
      std::memcpy(out, from, static_cast<std::size_t>(columns) * sizeof(float));
    }
    return;
  }
  // Squares of 8 x 8 keep both sides in the cache lines that they have opened.
  for (int64_t p = 0; p < rows; p += 8) {
    const int64_t count = std::min<int64_t>(8, rows - p);
    for (int64_t c = 0; c < columns; ++c) {
      const float* HWY_RESTRICT from = b.data + (begin + c) * b.stride + k_begin + p;
      float* HWY_RESTRICT to = out + p * kWidth + c;
      for (int64_t i = 0; i < count; ++i) to[i * kWidth] = from[i];
    }
  }
}

struct TileRows {
  int64_t row;
  std::size_t count;
};

/// One tile of C, `columns` wide; a narrow one works on a copy.
template <XOrder Order>
void multiply_tile(const MatmulTask& t, const TileRows& rows, int64_t k_begin, int64_t k_end, int64_t column, int64_t columns,
                   const float* packed, TileStart start) {
  const float* a = t.a.data + (Order == XOrder::rows ? rows.row * t.a.stride + k_begin : k_begin * t.a.stride + rows.row);
  float* c = t.c + rows.row * t.c_stride + column;
  Tile tile{.x = a,
            .x_stride = static_cast<std::size_t>(t.a.stride),
            .w = packed,
            .w_stride = kPanelWidth,
            .panel_stride = static_cast<std::size_t>((k_end - k_begin) * kWidth),
            .k = static_cast<std::size_t>(k_end - k_begin),
            .y = c,
            .y_stride = static_cast<std::size_t>(t.c_stride)};
  if (columns >= kWidth) {
    run_tile<Order>(rows.count, static_cast<std::size_t>(columns / kWidth), tile, start, t.bias == nullptr ? nullptr : t.bias + column);
    return;
  }
  HWY_ALIGN float copy[kMaxTileRows * kPanelWidth] = {};
  HWY_ALIGN float bias[kPanelWidth] = {};
  const std::size_t bytes = static_cast<std::size_t>(columns) * sizeof(float);
  if (start == TileStart::resume) {
    for (std::size_t r = 0; r < rows.count; ++r) std::memcpy(copy + r * kPanelWidth, c + static_cast<int64_t>(r) * t.c_stride, bytes);
  }
  if (t.bias != nullptr) std::memcpy(bias, t.bias + column, bytes);
  tile.y = copy;
  tile.y_stride = kPanelWidth;
  run_tile<Order>(rows.count, 1, tile, start, bias);
  for (std::size_t r = 0; r < rows.count; ++r) std::memcpy(c + static_cast<int64_t>(r) * t.c_stride, copy + r * kPanelWidth, bytes);
}

TileStart first_start(MatmulStart start) {
  switch (start) {
    case MatmulStart::zero: return TileStart::zero;
    case MatmulStart::bias: return TileStart::bias;
    case MatmulStart::accumulate: return TileStart::resume;
  }
  return TileStart::zero;
}

template <XOrder Order>
void multiply_block(const MatmulTask& t, int64_t k_begin, int64_t k_end, int64_t column_begin, int64_t column_end, float* packed) {
  const int64_t panel_floats = (k_end - k_begin) * kWidth;
  for (int64_t column = column_begin; column < column_end; column += kWidth) {
    pack_panel(t.b, k_begin, k_end, column, std::min(kWidth, column_end - column), packed + (column - column_begin) / kWidth * panel_floats);
  }
  const TileStart start = k_begin > 0 ? TileStart::resume : first_start(t.start);
  for (int64_t row = t.row_begin; row < t.row_end;) {
    const std::size_t count = next_tile_rows(static_cast<std::size_t>(t.row_end - row));
    for (int64_t column = column_begin; column < column_end;) {
      const int64_t whole = (column_end - column) / kWidth;
      const int64_t taken = whole == 0 ? column_end - column : kWidth * static_cast<int64_t>(tile_panels(count, static_cast<std::size_t>(whole)));
      multiply_tile<Order>(t, {row, count}, k_begin, k_end, column, taken, packed + (column - column_begin) / kWidth * panel_floats, start);
      column += taken;
    }
    row += static_cast<int64_t>(count);
  }
}

void matmul_task(const MatmulTask& t) {
  thread_local AlignedBuffer memory;
  float* packed = memory.reserve(static_cast<std::size_t>(kMatmulBlockK * (kMatmulColumns + kWidth)));
  for (int64_t column = t.column_begin; column < t.column_end; column += kMatmulColumns) {
    const int64_t column_end = std::min(t.column_end, column + kMatmulColumns);
    int64_t k_begin = 0;
    do {  // at least once: k = 0 still writes the start values
      const int64_t k_end = std::min(t.shape.k, k_begin + kMatmulBlockK);
      if (t.a.transposed) {
        multiply_block<XOrder::transposed>(t, k_begin, k_end, column, column_end, packed);
      } else {
        multiply_block<XOrder::rows>(t, k_begin, k_end, column, column_end, packed);
      }
      k_begin = k_end;
    } while (k_begin < t.shape.k);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace hone
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone {

HWY_EXPORT(matmul_panel_width);
HWY_EXPORT(matmul_task);

void matmul(const MatmulShape& shape, const MatrixView& a, const MatrixView& b, MatmulStart start, const float* bias, float* c,
            int64_t c_stride, const TaskRunner* runner) {
  if (shape.m <= 0 || shape.n <= 0) return;
  MatmulTask task{shape, a, b, start, start == MatmulStart::bias ? bias : nullptr, c, c_stride, 0, shape.m, 0, shape.n};
  const int64_t threads = runner == nullptr ? 1 : runner->threads;
  // Threads share the wider side, so that the operand of the other side is packed or read once a thread.
  const bool by_rows = shape.m >= shape.n;
  const int64_t multiple = by_rows ? 12 : HWY_DYNAMIC_DISPATCH(matmul_panel_width)();
  const int64_t extent = by_rows ? shape.m : shape.n;
  const double work = 2.0 * static_cast<double>(shape.k) * static_cast<double>(by_rows ? shape.n : shape.m);
  if (threads == 1 || work * static_cast<double>(extent) < kParallelWork) return HWY_DYNAMIC_DISPATCH(matmul_task)(task);
  const int64_t units = (extent + multiple - 1) / multiple;
  const int64_t ranges = std::min(units, threads * 2);
  runner->run(static_cast<std::size_t>(ranges), [&](std::size_t i) {
    const int64_t begin = static_cast<int64_t>(i) * units / ranges * multiple;
    const int64_t end = std::min(extent, (static_cast<int64_t>(i) + 1) * units / ranges * multiple);
    MatmulTask part = task;
    (by_rows ? part.row_begin : part.column_begin) = begin;
    (by_rows ? part.row_end : part.column_end) = end;
    HWY_DYNAMIC_DISPATCH(matmul_task)(part);
  });
}

}  // namespace hone
#endif  // HWY_ONCE
