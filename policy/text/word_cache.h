// Remembers the ids of words already encoded. Bounded: a full shard is emptied. Thread rule: any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/text/vocabulary.h"

namespace hone {

class WordCache {
 public:
  static constexpr std::size_t kLongestWord = 64;  // bytes; longer words are rarely met twice

  /// Appends the ids of `word` to `out` and returns true if the word is known.
  bool find(std::string_view word, std::vector<int32_t>& out) const;
  void insert(std::string_view word, std::vector<int32_t> ids);

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kWordsPerShard = 4096;

  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, std::vector<int32_t>, StringHash, std::equal_to<>> words;
  };
  static std::size_t shard_of(std::string_view word) { return (StringHash{}(word) >> 32) % kShards; }

  std::array<Shard, kShards> shards_;
};

}  // namespace hone
