#include "policy/autograd/blocked_kv.h"

#include <algorithm>
#include <cstring>

#include "proto/base/error.h"

namespace hone {
namespace {

int64_t blocks_for(const PackedBatch::Segment& segment) { return (segment.end - segment.begin + kKvBlock - 1) / kKvBlock; }

}  // namespace

BlockedKv::BlockedKv(std::span<const PackedBatch::Segment> segments, int64_t kv_heads, int64_t head_dim)
    : segments_(segments), kv_heads_(kv_heads), head_dim_(head_dim), value_stride_(attention_value_stride(head_dim)),
      part_(kKvBlock * (head_dim_ + value_stride_)) {
  int64_t blocks = 0;
  for (std::size_t s = 0; s < segments.size(); ++s) {
    first_block_.push_back(blocks);
    blocks += blocks_for(segments[s]);
    std::size_t prefix = s;
    if (segments[s].prefix_end > segments[s].prefix_begin) {
      const auto same = [&](const PackedBatch::Segment& p) {
        return p.begin == segments[s].prefix_begin && p.end == segments[s].prefix_end;
      };
      const bool as_before = s > 0 && segments[s - 1].prefix_begin == segments[s].prefix_begin && prefix_of_[s - 1] != s - 1;
      prefix = as_before ? prefix_of_[s - 1] : static_cast<std::size_t>(std::find_if(segments.begin(), segments.end(), same) - segments.begin());
      HONE_CHECK(prefix < s, "a segment's prefix is not a segment before it");
    }
    prefix_of_.push_back(prefix);
  }
  data_ = AlignedBuffer(static_cast<std::size_t>(blocks * kv_heads * part_));
}

void BlockedKv::store(std::size_t segment, const float* k, const float* v) {
  const PackedBatch::Segment& s = segments_[segment];
  const int64_t width = kv_heads_ * head_dim_;
  for (int64_t begin = s.begin, index = first_block_[segment]; begin < s.end; begin += kKvBlock, ++index) {
    const int64_t count = std::min<int64_t>(kKvBlock, s.end - begin);
    for (int64_t head = 0; head < kv_heads_; ++head) {
      float* keys = block(index, head);
      float* values = keys + head_dim_ * kKvBlock;
      // Whole panels of keys are read, and the padding of values must be finite.
      if (count < kKvBlock) std::memset(keys, 0, static_cast<std::size_t>(head_dim_ * kKvBlock) * sizeof(float));
      for (int64_t t = 0; t < count; ++t) {
        const float* from_k = k + (begin + t) * width + head * head_dim_;
        const float* from_v = v + (begin + t) * width + head * head_dim_;
        for (int64_t d = 0; d < head_dim_; ++d) keys[d * kKvBlock + t] = from_k[d];
        std::memcpy(values + t * value_stride_, from_v, static_cast<std::size_t>(head_dim_) * sizeof(float));
        std::memset(values + t * value_stride_ + head_dim_, 0, static_cast<std::size_t>(value_stride_ - head_dim_) * sizeof(float));
      }
    }
  }
}

void BlockedKv::append_rows(int64_t first_block, int64_t rows, int64_t head, std::vector<KvRun>& runs) const {
  for (int64_t index = first_block; rows > 0; ++index, rows -= kKvBlock) {
    const float* keys = block(index, head);
    runs.push_back({keys, keys + head_dim_ * kKvBlock, static_cast<int32_t>(std::min<int64_t>(rows, kKvBlock))});
  }
}

void BlockedKv::append_runs(std::size_t segment, int64_t head, std::vector<KvRun>& runs) const {
  const PackedBatch::Segment& s = segments_[segment];
  const std::size_t prefix = prefix_of_[segment];
  if (prefix != segment) append_rows(first_block_[prefix], s.prefix_end - s.prefix_begin, head, runs);
  append_rows(first_block_[segment], s.end - s.begin, head, runs);
}

}  // namespace hone
