// Y = X W^T (+ bias) in float32 with weights packed once.
//
// W [N, K] row-major is stored as panels of two SIMD vectors of columns: panel p holds w[p * width + c][k] at k * width + c.
// Every y[m][n] starts at bias[n] (or 0) and adds x[m][k] * w[n][k] for k = 0, 1, ... with one fused multiply-add each (a
// multiply and an add where the instruction set has none). Its bits depend on row m and column n only: not on M, on the row's
// place in the batch, on blocking or on threads.
// After Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", TOMS 2008.
// Thread rule: a PackedMatrix that nobody packs may be read by any number of threads.
#pragma once

#include <cstdint>
#include <span>

#include "policy/kernels/aligned_buffer.h"

namespace hone {

class ThreadPool;

class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// Room for W [n, k]; all zero.
  PackedMatrix(int64_t n, int64_t k);

  /// Packs `rows` rows of K floats as rows [first_row, first_row + rows) of W (q, k and v go into one matrix this way).
  void pack_rows(int64_t first_row, int64_t rows, const float* source);
  /// The inverse for one row: writes K floats (the embedding of a token, where it is tied to the head).
  void unpack_row(int64_t row, float* out) const;

  int64_t n() const { return n_; }
  int64_t k() const { return k_; }
  int64_t panel_width() const { return panel_width_; }
  int64_t panels() const { return panels_; }
  const float* panel(int64_t p) const { return data_.data() + p * panel_width_ * k_; }

 private:
  int64_t n_ = 0, k_ = 0, panel_width_ = 0, panels_ = 0;
  AlignedBuffer data_;
};

/// y [m, n] (row stride y_stride >= n) = x [m, k] (row stride x_stride >= k) W^T + bias (n floats, or null).
/// `pool` may be null: everything on this thread.
void gemm(const float* x, int64_t x_stride, int64_t m, const PackedMatrix& w, const float* bias, float* y, int64_t y_stride,
          ThreadPool* pool);

}  // namespace hone
