// Attention over packed segments on the CPU, one task at a time (FlashAttention's online softmax and recomputing backward:
// Dao et al. 2022, arXiv:2205.14135). Raw pointers, no torch; the instruction set is chosen at run time.
//
// Layouts are row-major float32: q, out, d_out, d_q [N, heads * head_dim]; k, v, d_k, d_v [N, kv_heads * head_dim];
// lse [N, heads]. Query head h reads key/value head h / (heads / kv_heads).
// Thread rule: tasks that write different rows or heads may run at once; each sums in a fixed order.
#pragma once

#include <cstdint>

#include "policy/packed_batch.h"

namespace hone {

/// Rows of one forward task; a segment's tasks begin at multiples of this from the segment's first row.
inline constexpr int64_t kAttentionTaskRows = 64;

struct AttentionShape {
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  float scale = 1.0f;  // on q . k
};

struct AttentionTensors {
  const float* q = nullptr;
  const float* k = nullptr;
  const float* v = nullptr;
  float* out = nullptr;  // written by forward, read by backward
  float* lse = nullptr;  // log sum exp of the scaled scores; written by forward, read by backward
};

/// Rows [row_begin, row_end) of `segment` for the query heads of `kv_head`.
void attention_forward(const AttentionShape& shape, const AttentionTensors& tensors, const PackedBatch::Segment& segment,
                       int64_t row_begin, int64_t row_end, int64_t kv_head);

struct AttentionGradients {
  const float* d_out = nullptr;
  float* d_q = nullptr;
  float* d_k = nullptr;
  float* d_v = nullptr;
  float* prefix_d_k = nullptr;  // [prefix rows, head_dim] of this kv head, row stride prefix_stride
  float* prefix_d_v = nullptr;
  int64_t prefix_stride = 0;
};

/// All rows of `segment` for one kv head. Adds to every gradient: its own rows of d_q, d_k, d_v and the prefix's share.
void attention_backward(const AttentionShape& shape, const AttentionTensors& tensors, const AttentionGradients& gradients,
                        const PackedBatch::Segment& segment, int64_t kv_head);

}  // namespace hone
