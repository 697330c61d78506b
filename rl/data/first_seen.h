// Who came first with a hash: open addressing in shards, each doubled by itself, so that growing never holds two copies of the whole.
// An entry takes sizeof(Key) + 4 bytes, and a table is between 3/8 and 3/4 full: 10.7 to 21.3 bytes a hash with 32-bit keys, 16 to 32 with
// 64-bit keys.
// Thread rule: one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace hone {

/// Key: uint64_t keeps the whole hash; uint32_t its low half, for callers that check what they find (a false match costs them that).
template <class Key>
class FirstSeen {
 public:
  /// The value that came first with this hash.
  std::optional<uint32_t> find(uint64_t hash) const {
    const std::vector<Entry>& entries = shards_[hash >> 56].entries;
    if (entries.empty()) return std::nullopt;
    const Entry& entry = entries[place_of(entries, static_cast<Key>(hash))];
    if (entry.value_plus_1 == 0) return std::nullopt;
    return entry.value_plus_1 - 1;
  }

  /// Keeps `value`, < 2^32 - 1, unless another one came first.
  void insert(uint64_t hash, uint32_t value) {
    Shard& shard = shards_[hash >> 56];
    if (4 * (shard.used + 1) > 3 * shard.entries.size()) grow(shard);
    Entry& entry = shard.entries[place_of(shard.entries, static_cast<Key>(hash))];
    if (entry.value_plus_1 != 0) return;
    entry = {static_cast<Key>(hash), value + 1};
    ++shard.used;
  }

  std::size_t bytes() const {
    std::size_t out = 0;
    for (const Shard& shard : shards_) out += shard.entries.capacity() * sizeof(Entry);
    return out;
  }

 private:
  struct [[gnu::packed]] Entry {
    Key key = 0;
    uint32_t value_plus_1 = 0;  // 0 = empty
  };
  struct Shard {
    std::vector<Entry> entries;
    std::size_t used = 0;
  };

  /// The slot comes from the key alone, so that a table can be doubled without the rest of the hash.
  static std::size_t place_of(const std::vector<Entry>& entries, Key key) {
    std::size_t slot = (static_cast<uint64_t>(key) * 0x9E3779B97F4A7C15u >> 20) & (entries.size() - 1);
    while (entries[slot].value_plus_1 != 0 && entries[slot].key != key) slot = (slot + 1) & (entries.size() - 1);
    return slot;
  }

  static void grow(Shard& shard) {
    std::vector<Entry> old(shard.entries.empty() ? 8 : 2 * shard.entries.size());
    old.swap(shard.entries);
    for (const Entry& entry : old)
      if (entry.value_plus_1 != 0) shard.entries[place_of(shard.entries, entry.key)] = entry;
  }

  std::array<Shard, 256> shards_;
};

}  // namespace hone
