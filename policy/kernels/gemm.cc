#include "policy/kernels/gemm.h"

#include <algorithm>
#include <cstring>

#include "policy/kernels/gemm_block.h"
#include "policy/kernels/parallel.h"
#include "policy/kernels/work_count.h"
#include "proto/base/error.h"

namespace hone {

PackedMatrix::PackedMatrix(int64_t n, int64_t k)
    : n_(n),
      k_(k),
      panel_width_(gemm_panel_width()),
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
  count_work(m * w.n() * w.k());
  HONE_CHECK(w.panel_width() == gemm_panel_width(), "matrix packed for another instruction set");
  // Rows per block so that their K-slices stay in the second-level cache.
  constexpr int64_t kBlockRows = 192;
  const int64_t row_blocks = (m + kBlockRows - 1) / kBlockRows;
  const int64_t rows_per_block = (m + row_blocks - 1) / row_blocks;
  const double work_per_panel = 2.0 * static_cast<double>(std::min(m, rows_per_block) * w.k() * w.panel_width()) +
                                static_cast<double>(kStreamCost * w.k() * w.panel_width());
  GemmBlock block{.x = x,
                  .x_stride = x_stride,
                  .panels = w.panel(0),
                  .k = w.k(),
                  .columns = w.n(),
                  .start = bias == nullptr ? GemmStart::zero : GemmStart::bias,
                  .bias = bias,
                  .y = y,
                  .y_stride = y_stride};
  for (int64_t row = 0; row < m; row += rows_per_block) {
    block.row_begin = row;
    block.row_end = std::min(m, row + rows_per_block);
    parallel_ranges(pool, w.panels(), work_per_panel, 4, [&block](int64_t begin, int64_t end) {
      GemmBlock part = block;
      part.panel_begin = begin;
      part.panel_end = end;
      run_gemm_block(part);
    });
  }
}

}  // namespace hone
