// Keys and values of the sequences being generated, in blocks of kKvBlock positions that come with use and go with their owner.
//
// A block holds all layers and heads: per (layer, head) keys [head_dim][kKvBlock], then values [kKvBlock][value_stride] (see
// policy/kernels/attention.h). A sample's sequence refers to its prompt's sequence and stores its own positions only.
// Thread rule: extend, construction and destruction from one thread; write and append_runs from any thread for distinct positions.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "policy/kernels/aligned_buffer.h"
#include "policy/kernels/attention.h"
#include "policy/model_config.h"

namespace hone {

/// Blocks handed out and taken back; keeps what comes back for the next sequence.
class KvPool {
 public:
  explicit KvPool(const ModelConfig& config);

  AlignedBuffer take();
  void give_back(AlignedBuffer block) { free_.push_back(std::move(block)); }

  int64_t heads() const { return heads_; }
  int64_t head_dim() const { return head_dim_; }
  int64_t value_stride() const { return value_stride_; }
  /// Floats from a block's start to the keys / values of (layer, head).
  int64_t key_offset(int64_t layer, int64_t head) const { return (layer * heads_ + head) * part_; }
  int64_t value_offset(int64_t layer, int64_t head) const { return key_offset(layer, head) + head_dim_ * kKvBlock; }

 private:
  int64_t heads_, head_dim_, value_stride_, part_, block_floats_;
  std::vector<AlignedBuffer> free_;
};

class KvSequence {
 public:
  /// `prefix` (may be null) is complete: it no longer grows. `pool` outlives this.
  explicit KvSequence(KvPool& pool, std::shared_ptr<const KvSequence> prefix = nullptr);
  ~KvSequence();
  KvSequence(const KvSequence&) = delete;
  KvSequence& operator=(const KvSequence&) = delete;

  /// Positions held, the prefix's included.
  int64_t length() const { return length_; }
  /// Makes room up to `length` positions.
  void extend(int64_t length);
  /// Stores one position's keys and values [heads * head_dim] of a layer; position >= the prefix's length.
  void write(int64_t layer, int64_t position, const float* keys, const float* values);
  /// Appends the runs of positions [0, length) of one (layer, head).
  void append_runs(int64_t layer, int64_t head, std::vector<KvRun>& runs) const;

 private:
  KvPool& pool_;
  std::shared_ptr<const KvSequence> prefix_;
  int64_t begin_ = 0;  // first position stored here
  int64_t length_ = 0;
  std::vector<AlignedBuffer> blocks_;
};

}  // namespace hone
