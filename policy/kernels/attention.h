// Causal attention of a few query rows over cached keys and values, for one key/value head and its group of query heads.
//
// Keys and values lie in blocks of kKvBlock positions: keys transposed [head_dim][kKvBlock], values [kKvBlock][value_stride], so that
// both products run in the micro-kernel of gemm.h and each cached row is read once for the whole query group.
// Scores of a row stand in one array by position; soft-max and the sum over values go through positions in order. So a row's
// bits do not depend on how positions are spread over blocks, nor on the rows computed with it.
// Thread rule: pure function; scratch memory is per thread.
#pragma once

#include <cstdint>
#include <span>

namespace hone {

inline constexpr int32_t kKvBlock = 32;

/// Floats between the values of neighbouring positions: head_dim rounded up to the instruction set's panel width.
int64_t attention_value_stride(int64_t head_dim);

/// Some consecutive positions, `count` of 1..kKvBlock, at the start of a block.
struct KvRun {
  const float* keys;    // element (d, t) at keys[d * kKvBlock + t]
  const float* values;  // element (t, d) at values[t * value_stride + d]
  int32_t count;
};

struct AttentionQuery {
  const float* q;         // row r, head g at q + r * q_stride + g * head_dim
  int64_t q_stride;
  float* out;             // row r, head g at out + r * out_stride + g * head_dim
  int64_t out_stride;
  int32_t rows;           // consecutive positions
  int32_t group;          // query heads that share the key/value head
  int32_t head_dim;
  int32_t first_visible;  // positions that row 0 sees, itself included; row r sees first_visible + r
  float scale;            // usually 1 / sqrt(head_dim)
  float* lse = nullptr;   // log sum exp of the scaled scores of row r, head g at lse + r * lse_stride + g; null: not wanted
  int64_t lse_stride = 0;
};

/// `runs` cover positions 0 .. first_visible + rows - 2 at least, in order.
void attend(std::span<const KvRun> runs, const AttentionQuery& query);

}  // namespace hone
