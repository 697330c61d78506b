#include "policy/generation/kv_cache.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hone {

KvPool::KvPool(const ModelConfig& config)
    : heads_(config.num_key_value_heads),
      head_dim_(config.head_dim),
      value_stride_(attention_value_stride(config.head_dim)),
      part_(kKvBlock * (head_dim_ + value_stride_)),
      block_floats_(config.num_hidden_layers * heads_ * part_) {}

AlignedBuffer KvPool::take() {
  if (!free_.empty()) {
    AlignedBuffer block = std::move(free_.back());
    free_.pop_back();
    return block;
  }
  AlignedBuffer block(static_cast<std::size_t>(block_floats_));
  // The padding of values must be finite, and whole panels of keys are read.
  std::memset(block.data(), 0, block.size() * sizeof(float));
  return block;
}

KvSequence::KvSequence(KvPool& pool, std::shared_ptr<const KvSequence> prefix) : pool_(pool), prefix_(std::move(prefix)) {
  if (prefix_ != nullptr) begin_ = length_ = prefix_->length();
}

KvSequence::~KvSequence() {
  for (AlignedBuffer& block : blocks_) pool_.give_back(std::move(block));
}

void KvSequence::extend(int64_t length) {
  while (begin_ + static_cast<int64_t>(blocks_.size()) * kKvBlock < length) blocks_.push_back(pool_.take());
  length_ = std::max(length_, length);
}

void KvSequence::write(int64_t layer, int64_t position, const float* keys, const float* values) {
  const int64_t own = position - begin_;
  float* block = blocks_[static_cast<std::size_t>(own / kKvBlock)].data();
  const int64_t slot = own % kKvBlock;
  const int64_t dim = pool_.head_dim();
  for (int64_t head = 0; head < pool_.heads(); ++head) {
    float* k = block + pool_.key_offset(layer, head) + slot;
    float* v = block + pool_.value_offset(layer, head) + slot * pool_.value_stride();
    for (int64_t d = 0; d < dim; ++d) k[d * kKvBlock] = keys[head * dim + d];
    std::memcpy(v, values + head * dim, static_cast<std::size_t>(dim) * sizeof(float));
  }
}

void KvSequence::append_runs(int64_t layer, int64_t head, std::vector<KvRun>& runs) const {
  if (prefix_ != nullptr) prefix_->append_runs(layer, head, runs);
  int64_t left = length_ - begin_;
  for (const AlignedBuffer& block : blocks_) {
    const auto count = static_cast<int32_t>(std::min<int64_t>(left, kKvBlock));
    if (count <= 0) break;
    runs.push_back({block.data() + pool_.key_offset(layer, head), block.data() + pool_.value_offset(layer, head), count});
    left -= count;
  }
}

}  // namespace hone
