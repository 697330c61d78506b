// Byte-pair encoding of one word, from "model" of tokenizer.json. Sennrich, Haddow, Birch, "Neural Machine
// Translation of Rare Words with Subword Units", ACL 2016: start from characters, again and again join the neighbours
// whose merge has the lowest rank.
// Thread rule: encode may run on any number of threads at once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/text/json_node.h"
#include "policy/text/merge_table.h"
#include "policy/text/vocabulary.h"
#include "policy/text/word_cache.h"

namespace hone {

class BpeModel {
 public:
  /// `model` is the "model" object, `vocabulary` holds its vocab (and must outlive this), `byte_level` says that a
  /// word's symbols are its bytes and not its characters. Throws invalid_argument, or unimplemented for
  /// byte_fallback, dropout, prefixes and suffixes of subwords.
  BpeModel(const JsonNode& model, const Vocabulary& vocabulary, bool byte_level);

  /// Appends the ids of `word` (valid UTF-8, or any bytes when byte-level). A symbol that the vocabulary lacks
  /// becomes unk_token, or is dropped when there is none. O(n log n) in the word's length.
  void encode(std::string_view word, std::vector<int32_t>& out) const;

 private:
  void read_options(const JsonNode& model);
  void read_merges(const JsonNode& merges);
  std::vector<int32_t> first_symbols(std::string_view word) const;
  std::vector<int32_t> encode_uncached(std::string_view word) const;

  const Vocabulary& vocabulary_;
  bool byte_level_;
  bool ignore_merges_ = false;  // a word that is a token is that token, whatever the merges say
  bool fuse_unk_ = false;       // neighbouring unknown symbols become one
  int32_t unk_id_ = -1;
  std::array<int32_t, 256> byte_ids_{};  // -1: not in the vocabulary
  MergeTable merges_;
  std::unique_ptr<WordCache> cache_;
};

/// Applies merges to a word's symbols until none fits: lowest rank first, leftmost first among equals.
void apply_merges(const MergeTable& merges, std::vector<int32_t>& symbols);

}  // namespace hone
