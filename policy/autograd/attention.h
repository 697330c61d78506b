// Grouped-query attention over packed segments as one autograd function: saves q, k, v, the output and one log-sum-exp a row
// and head; scores never exist whole. Work is cut by the batch alone, so the bits do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "policy/numerics.h"
#include "policy/packed_batch.h"
#include "policy/torch.h"

namespace hone {

/// The segments of a batch, cut into tasks. Made once a batch, used by every layer.
struct AttentionPlan {
  struct ForwardTask {
    int64_t segment, row_begin, row_end;
  };
  /// Segments [first, last) that share one prefix. Their share of the prefix's gradient goes to rows of its own in a scratch
  /// tensor (never more rows than the task's own segments have, or than 128), added up in task order afterwards.
  struct BackwardTask {
    int64_t first, last;
    int64_t prefix_begin, prefix_rows, scratch_row;
  };
  Numerics numerics = Numerics::fast;  // exact: forward attends with the generator's kernel
  int64_t rows = 0;
  int64_t scratch_rows = 0;
  std::vector<PackedBatch::Segment> segments;
  std::vector<ForwardTask> forward_tasks;
  std::vector<BackwardTask> backward_tasks;
};

/// Throws invalid_argument unless the segments cover [0, rows) in order and each prefix lies before its segment.
std::shared_ptr<const AttentionPlan> plan_attention(std::span<const PackedBatch::Segment> segments, int64_t rows,
                                                    Numerics numerics = Numerics::fast);

/// q [N, heads, dim], k and v [N, kv_heads, dim] -> [N, heads, dim]; scores are scaled by 1 / sqrt(dim).
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const std::shared_ptr<const AttentionPlan>& plan);

/// The same from ATen operations (masked softmax a segment): other devices and types, and the tests' reference.
at::Tensor plain_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionPlan& plan);

}  // namespace hone
