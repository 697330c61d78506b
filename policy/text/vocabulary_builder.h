// A tokenizer for a model that is trained from nothing: words and bytes counted in a corpus, written as tokenizer.json (byte-level BPE
// without merges, so that Hugging Face `tokenizers` and Tokenizer read it alike).
//
// A text is cut as GPT-2 cuts it (a word takes the blank before it along), digits one by one if asked for. A word of the vocabulary is
// one token, any other its bytes, one token each: with all bytes in the vocabulary every text survives encode and decode.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

struct VocabularyRecipe {
  std::vector<std::string> special_tokens;  // ids from 0: never text, e.g. "<eos>"; left out when decoding without special tokens
  std::vector<std::string> plain_tokens;    // kept whole wherever they stand, e.g. "<think>"; text as others
  int64_t words = 0;                        // most words, by count; 0 = bytes only
  bool split_digits = false;                // each digit is a word
  bool all_bytes = true;                    // false: only bytes that the corpus has outside its words; other text is lost
};

class VocabularyBuilder {
 public:
  /// Throws invalid_argument for an empty or repeated token.
  explicit VocabularyBuilder(const VocabularyRecipe& recipe);
  ~VocabularyBuilder();

  /// Counts the words of a text (invalid UTF-8 is read as U+FFFD).
  void add(std::string_view text);
  /// tokenizer.json; ids: special tokens, plain tokens, bytes in order, words by falling count (equal ones in byte order).
  std::string tokenizer_json() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hone
