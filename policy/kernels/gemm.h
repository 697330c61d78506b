// Y = X W^T (+ bias) in float32 with weights packed once, stored as float32, bfloat16 or int8.
//
// W [N, K] row-major is stored as panels of two SIMD vectors of columns: panel p holds w[p * width + c][k] at k * width + c.
// Every y[m][n] starts at bias[n] (or 0) and adds x[m][k] * w[n][k] for k = 0, 1, ... with one fused multiply-add each (a
// multiply and an add where the instruction set has none). Its bits depend on row m and column n only: not on M, on the row's
// place in the batch, on blocking or on threads. Weights that are stored narrower are widened to float32 first: the bits are those of
// float32 storage of what unpack_row gives.
// After Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", TOMS 2008.
// Thread rule: a PackedMatrix that nobody packs may be read by any number of threads.
#pragma once

#include <cstdint>
#include <span>

#include "policy/kernels/aligned_buffer.h"
#include "policy/weight_storage.h"

namespace hone {

class ThreadPool;

class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// Room for W [n, k]; a row is undefined until it is packed. Memory is touched by those who pack, on their threads.
  PackedMatrix(int64_t n, int64_t k, WeightStorage storage = WeightStorage::float32);

  /// Packs `rows` rows of K floats as rows [first_row, first_row + rows) of W (q, k and v go into one matrix this way). int8: a row with
  /// a value that is not finite becomes NaN.
  void pack_rows(int64_t first_row, int64_t rows, const float* source);
  /// One row as it is multiplied: writes K floats (the embedding of a token).
  void unpack_row(int64_t row, float* out) const;

  int64_t n() const { return n_; }
  int64_t k() const { return k_; }
  int64_t panel_width() const { return panel_width_; }
  int64_t panels() const { return panels_; }
  WeightStorage storage() const { return storage_; }
  /// Of all panels, as GemmBlock::panels wants them; and the scales with int8, by row of W, else null.
  const void* data() const { return data_.data(); }
  const float* scales() const { return scales_.data(); }
  int64_t bytes() const { return static_cast<int64_t>((data_.size() + scales_.size()) * sizeof(float)); }

 private:
  template <class T>
  T* row_data(int64_t row);
  template <class T>
  const T* row_data(int64_t row) const;

  int64_t n_ = 0, k_ = 0, panel_width_ = 0, panels_ = 0;
  WeightStorage storage_ = WeightStorage::float32;
  AlignedBuffer data_;
  AlignedBuffer scales_;
};

/// y [m, n] (row stride y_stride >= n) = x [m, k] (row stride x_stride >= k) W^T + bias (n floats, or null).
/// `pool` may be null: everything on this thread.
void gemm(const float* x, int64_t x_stride, int64_t m, const PackedMatrix& w, const float* bias, float* y, int64_t y_stride,
          ThreadPool* pool);

}  // namespace hone
