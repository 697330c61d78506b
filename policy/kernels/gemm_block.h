// The blocked loop under gemm.h and matmul.h: some rows times some panels of a packed matrix, over the whole inner dimension.
// Thread rule: pure function; blocks that write different parts of y may run at once.
#pragma once

#include <cstdint>

#include "policy/weight_storage.h"

namespace hone {

/// What an output starts from: 0, its bias, or what y holds.
enum class GemmStart : uint8_t { zero, bias, accumulate };

struct GemmBlock {
  const float* x = nullptr;  // element (row, k) at x + row * x_stride + k, or at x + k * x_stride + row where x_transposed
  int64_t x_stride = 0;
  bool x_transposed = false;
  int64_t row_begin = 0, row_end = 0;
  const void* panels = nullptr;  // panel p: element (k, column c) is the one with index p * width * k_size + k * width + c
  WeightStorage storage = WeightStorage::float32;  // other than float32 only with x in rows
  const float* scales = nullptr;                   // int8: by column, of whole panels
  int64_t k = 0;                  // the inner dimension
  int64_t columns = 0;            // of all panels; the last one may be partly empty
  int64_t panel_begin = 0, panel_end = 0;
  GemmStart start = GemmStart::zero;
  const float* bias = nullptr;  // by column, with GemmStart::bias
  float* y = nullptr;           // element (row, column) at y + row * y_stride + column
  int64_t y_stride = 0;
};

/// Columns of a panel: two vectors of the instruction set in use.
int64_t gemm_panel_width();

void run_gemm_block(const GemmBlock& block);

}  // namespace hone
