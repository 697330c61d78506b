#include "policy/text/word_cache.h"

#include <utility>

namespace hone {

bool WordCache::find(std::string_view word, std::vector<int32_t>& out) const {
  const Shard& shard = shards_[shard_of(word)];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.words.find(word);
  if (found == shard.words.end()) return false;
  out.insert(out.end(), found->second.begin(), found->second.end());
  return true;
}

void WordCache::insert(std::string_view word, std::vector<int32_t> ids) {
  Shard& shard = shards_[shard_of(word)];
  const std::lock_guard lock(shard.mutex);
  if (shard.words.size() >= kWordsPerShard) shard.words.clear();
  shard.words.emplace(word, std::move(ids));
}

}  // namespace hone
