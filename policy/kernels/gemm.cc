#include "policy/kernels/gemm.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "policy/format/dtype.h"
#include "policy/kernels/gemm_block.h"
#include "policy/kernels/pack.h"
#include "policy/kernels/parallel.h"
#include "policy/kernels/work_count.h"
#include "proto/base/error.h"

namespace hone {

namespace {

AlignedBuffer zeros(std::size_t floats) {
  AlignedBuffer buffer(floats);
  if (floats > 0) std::memset(buffer.data(), 0, floats * sizeof(float));
  return buffer;
}

/// out[k * step] = convert(in[k])
template <class In, class Out, class Convert>
void copy_strided(const In* in, int64_t in_step, Out* out, int64_t out_step, int64_t n, const Convert& convert) {
  for (int64_t k = 0; k < n; ++k) out[k * out_step] = convert(in[k * in_step]);
}

/// The scale of a row of int8 weights; NaN for a row that is not finite, 0 for one that is too small to divide by.
float row_scale(const float* row, int64_t n) {
  float largest = 0.0f;
  bool finite = true;
  for (int64_t k = 0; k < n; ++k) {
    largest = std::max(largest, std::abs(row[k]));
    finite = finite && std::isfinite(row[k]);
  }
  if (!finite) return std::numeric_limits<float>::quiet_NaN();
  const float scale = largest / 127.0f;
  return scale < std::numeric_limits<float>::min() ? 0.0f : scale;
}

int8_t quantized(float value, float scale) {
  if (!(scale > 0.0f)) return 0;
  return static_cast<int8_t>(std::clamp(std::nearbyint(value / scale), -127.0f, 127.0f));
}

}  // namespace

PackedMatrix::PackedMatrix(int64_t n, int64_t k, WeightStorage storage)
    : n_(n),
      k_(k),
      panel_width_(gemm_panel_width()),
      panels_((n + panel_width_ - 1) / panel_width_),
      storage_(storage),
      data_((static_cast<std::size_t>(panels_ * panel_width_ * k) * byte_size(storage) + sizeof(float) - 1) / sizeof(float)) {
  if (n % panel_width_ != 0) {  // columns that no row fills
    const std::size_t panel_bytes = static_cast<std::size_t>(panel_width_ * k) * byte_size(storage);
    std::memset(reinterpret_cast<char*>(data_.data()) + static_cast<std::size_t>(panels_ - 1) * panel_bytes, 0, panel_bytes);
  }
  if (storage == WeightStorage::int8) scales_ = zeros(static_cast<std::size_t>(panels_ * panel_width_));
}

template <class T>
T* PackedMatrix::row_data(int64_t row) {
  return reinterpret_cast<T*>(data_.data()) + (row / panel_width_) * panel_width_ * k_ + row % panel_width_;
}

template <class T>
const T* PackedMatrix::row_data(int64_t row) const {
  return reinterpret_cast<const T*>(data_.data()) + (row / panel_width_) * panel_width_ * k_ + row % panel_width_;
}

void PackedMatrix::pack_rows(int64_t first_row, int64_t rows, const float* source) {
  HONE_CHECK(first_row >= 0 && rows >= 0 && first_row + rows <= n_, "rows outside the packed matrix");
  if (storage_ == WeightStorage::float32) {
    for (int64_t row = first_row, end = first_row + rows; row < end;) {
      const int64_t count = std::min(end - row, panel_width_ - row % panel_width_);
      pack_columns(source + (row - first_row) * k_, k_, k_, count, panel_width_, row_data<float>(row));
      row += count;
    }
    return;
  }
  for (int64_t row = first_row; row < first_row + rows; ++row, source += k_) {
    switch (storage_) {
      case WeightStorage::float32: break;
      case WeightStorage::bfloat16:
        copy_strided(source, 1, row_data<uint16_t>(row), panel_width_, k_, bfloat16_from_float);
        break;
      case WeightStorage::int8: {
        const float scale = scales_.data()[row] = row_scale(source, k_);
        copy_strided(source, 1, row_data<int8_t>(row), panel_width_, k_, [scale](float v) { return quantized(v, scale); });
        break;
      }
    }
  }
}

void PackedMatrix::unpack_row(int64_t row, float* out) const {
  switch (storage_) {
    case WeightStorage::float32:
      return copy_strided(row_data<float>(row), panel_width_, out, 1, k_, [](float v) { return v; });
    case WeightStorage::bfloat16:
      return copy_strided(row_data<uint16_t>(row), panel_width_, out, 1, k_, float_from_bfloat16);
    case WeightStorage::int8: {
      const float scale = scales_.data()[row];
      return copy_strided(row_data<int8_t>(row), panel_width_, out, 1, k_, [scale](int8_t q) { return static_cast<float>(q) * scale; });
    }
  }
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
                  .panels = w.data(),
                  .storage = w.storage(),
                  .scales = w.scales(),
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
