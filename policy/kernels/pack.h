// Columns of a matrix side by side, as the products read them. Thread rule: pure function on the memory given.
#pragma once

#include <cstdint>

namespace hone {

/// out[p * width + c] = columns[c * stride + p] for c in [0, count), p in [0, k): `count` <= `width` columns that lie as rows.
void pack_columns(const float* columns, int64_t stride, int64_t k, int64_t count, int64_t width, float* out);

}  // namespace hone
