// Which examples a step trains on, and how they are cut into forward passes. No torch.
//
// The run is one stream of rows: epoch after epoch, each a permutation of the examples (a pure function of seed and epoch). Without
// packing a row is one example; with packing a row takes whole examples, in that order, while they fit into max_length tokens. A step
// takes batch_size rows. So a step's examples depend on the step alone. Rows carry no padding, so packing changes only how many
// tokens a step has, not how they are computed.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policy/packed_batch.h"
#include "rl/sft_data.h"

namespace hone {

class SftOrder {
 public:
  struct Options {
    int64_t batch_size = 8;
    int64_t max_length = 1024;
    bool packing = false;
    bool shuffle = true;
    uint64_t seed = 0;
  };

  /// `lengths` are the examples' tokens; at least one example.
  SftOrder(std::vector<int32_t> lengths, const Options& options);

  /// Examples of a step (0-based) in order; the same index can come twice where an epoch ends. The first call for a late step walks
  /// through the epochs before it.
  std::vector<uint32_t> examples_of(int64_t step);
  /// Epochs done after a step, e.g. 1.25.
  double epoch_after(int64_t step);

 private:
  void seek(int64_t row);  // makes the epoch that holds `row` current

  std::vector<int32_t> lengths_;
  Options options_;
  int64_t epoch_ = -1;
  int64_t first_row_ = 0;             // of the current epoch in the stream
  std::vector<uint32_t> order_;       // of the current epoch
  std::vector<uint32_t> row_begin_;   // rows of the current epoch: order_[row_begin_[r]] .. order_[row_begin_[r + 1] - 1]
};

/// Cuts examples into packed batches of at most `max_rows` rows (an example longer than that makes one of its own).
std::vector<PackedBatch> pack_examples(std::span<const SftExample* const> examples, int64_t max_rows);

}  // namespace hone
