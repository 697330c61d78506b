// Merge rules of byte-pair encoding: (left id, right id) -> (rank, merged id). An open-addressing table, since the
// look-up is the inner loop of encoding. Thread rule: immutable once filled.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hone {

struct Merge {
  uint32_t rank = 0;  // smaller is applied earlier
  int32_t id = -1;
};

class MergeTable {
 public:
  MergeTable() : MergeTable(0) {}
  /// Room for `capacity` rules.
  explicit MergeTable(std::size_t capacity) : slots_(std::bit_ceil(capacity * 2 + 2)) {}

  /// A later rule for the same pair replaces the earlier one. Ids are not negative.
  void insert(int32_t left, int32_t right, Merge merge) {
    Slot& slot = slots_[locate(key_of(left, right))];
    slot = {key_of(left, right), merge};
  }

  /// The rule for a pair, or nullptr.
  const Merge* find(int32_t left, int32_t right) const {
    const Slot& slot = slots_[locate(key_of(left, right))];
    return slot.key == kEmpty ? nullptr : &slot.merge;
  }

 private:
  static constexpr uint64_t kEmpty = UINT64_MAX;
  struct Slot {
    uint64_t key = kEmpty;
    Merge merge;
  };

  static uint64_t key_of(int32_t left, int32_t right) {
    return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
  }
  // The slot that holds `key`, or the free one where it would go; at least half of the slots are free.
  std::size_t locate(uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = (key * 0x9E3779B97F4A7C15u >> 32) & mask;
    while (slots_[i].key != kEmpty && slots_[i].key != key) i = (i + 1) & mask;
    return i;
  }

  std::vector<Slot> slots_;
};

}  // namespace hone
