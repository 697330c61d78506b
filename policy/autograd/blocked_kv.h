// Keys and values of one layer's packed rows in the generator's block layout, so that the learner's forward attends with the
// generator's kernel (policy/kernels/attention.h) and gets its bits.
// Thread rule: store() for different segments may run at once; append_runs after all stores.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policy/kernels/aligned_buffer.h"
#include "policy/kernels/attention.h"
#include "policy/packed_batch.h"

namespace hone {

class BlockedKv {
 public:
  /// `segments` outlive this.
  BlockedKv(std::span<const PackedBatch::Segment> segments, int64_t kv_heads, int64_t head_dim);

  /// Copies the rows of a segment; k and v are [N, kv_heads * head_dim] of all rows.
  void store(std::size_t segment, const float* k, const float* v);
  /// Runs of all positions that the segment's last row sees: its prefix's rows, then its own.
  void append_runs(std::size_t segment, int64_t head, std::vector<KvRun>& runs) const;

 private:
  float* block(int64_t index, int64_t head) { return data_.data() + (index * kv_heads_ + head) * part_; }
  const float* block(int64_t index, int64_t head) const { return data_.data() + (index * kv_heads_ + head) * part_; }
  void append_rows(int64_t first_block, int64_t rows, int64_t head, std::vector<KvRun>& runs) const;

  std::span<const PackedBatch::Segment> segments_;
  int64_t kv_heads_, head_dim_, value_stride_, part_;
  std::vector<int64_t> first_block_;   // of each segment
  std::vector<std::size_t> prefix_of_;  // segment whose rows are the prefix; the segment itself where there is none
  AlignedBuffer data_;
};

}  // namespace hone
