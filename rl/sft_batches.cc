#include "rl/sft_batches.h"

#include <numeric>
#include <utility>

#include "proto/base/error.h"
#include "proto/base/random.h"

namespace hone {

SftOrder::SftOrder(std::vector<int32_t> lengths, const Options& options) : lengths_(std::move(lengths)), options_(options) {
  HONE_CHECK(!lengths_.empty(), "no examples");
  HONE_CHECK(options.batch_size >= 1, "batch_size");
}

void SftOrder::seek(int64_t row) {
  if (epoch_ < 0 || row < first_row_) {
    epoch_ = -1;
    first_row_ = 0;
    row_begin_.assign(1, 0);
  }
  while (row >= first_row_ + static_cast<int64_t>(row_begin_.size()) - 1) {
    first_row_ += static_cast<int64_t>(row_begin_.size()) - 1;
    ++epoch_;
    if (options_.shuffle) {
      order_ = permutation(lengths_.size(), options_.seed, static_cast<uint32_t>(epoch_));
    } else if (order_.empty()) {
      order_.resize(lengths_.size());
      std::iota(order_.begin(), order_.end(), 0u);
    }
    row_begin_.assign(1, 0);
    int64_t tokens = 0;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const int64_t length = lengths_[order_[i]];
      const bool starts_row = i > row_begin_.back() && (!options_.packing || tokens + length > options_.max_length);
      if (starts_row) {
        row_begin_.push_back(static_cast<uint32_t>(i));
        tokens = 0;
      }
      tokens += length;
    }
    row_begin_.push_back(static_cast<uint32_t>(order_.size()));
  }
}

std::vector<uint32_t> SftOrder::examples_of(int64_t step) {
  std::vector<uint32_t> out;
  for (int64_t row = step * options_.batch_size; row < (step + 1) * options_.batch_size; ++row) {
    seek(row);
    const auto at = static_cast<std::size_t>(row - first_row_);
    out.insert(out.end(), order_.begin() + row_begin_[at], order_.begin() + row_begin_[at + 1]);
  }
  return out;
}

double SftOrder::epoch_after(int64_t step) {
  const int64_t last = (step + 1) * options_.batch_size - 1;
  seek(last);
  const auto done = static_cast<std::size_t>(last - first_row_) + 1;
  return static_cast<double>(epoch_) + static_cast<double>(row_begin_[done]) / static_cast<double>(order_.size());
}

std::vector<PackedBatch> pack_examples(std::span<const SftExample* const> examples, int64_t max_rows) {
  std::vector<PackedBatch> out;
  for (const SftExample* example : examples) {
    const auto rows = static_cast<int64_t>(example->ids.size()) - 1;
    if (out.empty() || (out.back().rows() > 0 && out.back().rows() + rows > max_rows)) out.emplace_back();
    out.back().add_sequence(example->ids, example->is_target);
  }
  return out;
}

}  // namespace hone
