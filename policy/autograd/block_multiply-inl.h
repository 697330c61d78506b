// Small matrix products for blocks that lie in the first-level cache; one copy per instruction set (Highway).
// Every output element adds its terms in the order of the inner dimension, whatever the tile it falls into.
#if defined(HONE_BLOCK_MULTIPLY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HONE_BLOCK_MULTIPLY_INL_H_
#undef HONE_BLOCK_MULTIPLY_INL_H_
#else
#define HONE_BLOCK_MULTIPLY_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace hone {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::CappedTag<float, 16>;

constexpr int64_t kTileRows = 6;      // 6 rows x 2 vectors of sums fill the sixteen registers of AVX2
constexpr int64_t kColumnMultiple = 16;  // column counts are padded to this, a multiple of every vector length

/// A matrix operand read element by element: element (i, j) is data[i * row + j * column].
struct ScalarOperand {
  const float* data;
  int64_t row;
  int64_t column;
};

template <int kRows, int kVectors, bool kAdd>
HWY_INLINE void multiply_tile(int64_t inner, ScalarOperand a, const float* HWY_RESTRICT b, int64_t b_row,
                              float* HWY_RESTRICT c, int64_t c_row) {
  const FloatTag tag;
  const auto lanes = static_cast<int64_t>(hn::Lanes(tag));
  hn::Vec<FloatTag> sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sums[i][v] = kAdd ? hn::LoadU(tag, c + i * c_row + v * lanes) : hn::Zero(tag);
  }
  for (int64_t k = 0; k < inner; ++k) {
    hn::Vec<FloatTag> columns[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) columns[v] = hn::LoadU(tag, b + k * b_row + v * lanes);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const auto factor = hn::Set(tag, a.data[i * a.row + k * a.column]);
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) sums[i][v] = hn::MulAdd(factor, columns[v], sums[i][v]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) hn::StoreU(sums[i][v], tag, c + i * c_row + v * lanes);
  }
}

template <int kVectors, bool kAdd>
HWY_INLINE void multiply_columns(int64_t rows, int64_t inner, ScalarOperand a, const float* b, int64_t b_row, float* c,
                                 int64_t c_row) {
  int64_t i = 0;
  for (; i + kTileRows <= rows; i += kTileRows) {
    multiply_tile<kTileRows, kVectors, kAdd>(inner, {a.data + i * a.row, a.row, a.column}, b, b_row, c + i * c_row, c_row);
  }
  for (; i + 2 <= rows; i += 2) {
    multiply_tile<2, kVectors, kAdd>(inner, {a.data + i * a.row, a.row, a.column}, b, b_row, c + i * c_row, c_row);
  }
  if (i < rows) {
    multiply_tile<1, kVectors, kAdd>(inner, {a.data + i * a.row, a.row, a.column}, b, b_row, c + i * c_row, c_row);
  }
}

/// c [rows, columns] = a [rows, inner] * b [inner, columns], or += with kAdd; `columns` is a multiple of kColumnMultiple.
template <bool kAdd>
HWY_NOINLINE void multiply(int64_t rows, int64_t columns, int64_t inner, ScalarOperand a, const float* b, int64_t b_row,
                           float* c, int64_t c_row) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(FloatTag()));
  int64_t j = 0;
  for (; j + 2 * lanes <= columns; j += 2 * lanes) multiply_columns<2, kAdd>(rows, inner, a, b + j, b_row, c + j, c_row);
  for (; j < columns; j += lanes) multiply_columns<1, kAdd>(rows, inner, a, b + j, b_row, c + j, c_row);
}

}  // namespace HWY_NAMESPACE
}  // namespace hone
HWY_AFTER_NAMESPACE();

#endif  // HONE_BLOCK_MULTIPLY_INL_H_
