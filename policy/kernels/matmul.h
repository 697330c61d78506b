// C [m, n] = A [m, k] B [k, n] in float32 for operands in any order: the learner's products (y = x W^T, dx = dy W, dW = dy^T x).
//
// B is packed first, then the loop of gemm.h runs: every c starts at its bias (or 0, or what C holds) and adds a[i][p] * b[p][j] for
// p = 0, 1, ... with one fused multiply-add each. So matmul(x, W^T) has the bits of gemm(x, packed W), and no result depends on
// blocking or threads.
// Thread rule: pure function on the memory given; the packed copy belongs to the calling thread.
#pragma once

#include <cstdint>

#include "policy/kernels/gemm_block.h"

namespace hone {

struct TaskRunner;

/// Element (i, j) at data[i * stride + j], or at data[j * stride + i] where transposed.
struct MatrixView {
  const float* data = nullptr;
  int64_t stride = 0;
  bool transposed = false;
};

struct MatmulShape {
  int64_t m = 0, n = 0, k = 0;
};

/// Writes C (row stride c_stride >= n). `bias` (n floats) is read with GemmStart::bias only. `runner` may be null: everything on
/// this thread.
void matmul(const MatmulShape& shape, const MatrixView& a, const MatrixView& b, GemmStart start, const float* bias, float* c,
            int64_t c_stride, const TaskRunner* runner);

}  // namespace hone
