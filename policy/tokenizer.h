// Text <-> token ids, from a Hugging Face tokenizer.json (byte-level BPE). Supported: model BPE; normalizer none/NFC
// (and Sequence of these); pre-tokenizers ByteLevel, Split (regex), Digits, Sequence; decoder ByteLevel; added tokens
// (special and plain, lstrip/rstrip/single_word/normalized); post-processors TemplateProcessing and ByteLevel for
// special tokens. Others throw unimplemented and name the part. Truncation and padding are ignored. Equal to Hugging
// Face `tokenizers` id for id and byte for byte (tests/policy/tokenizer_reference_test.cc). One difference: an added
// token keeps the id that the file gives it, and a file whose ids contradict each other is refused.
// Thread rule: const methods may run on any number of threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

class Tokenizer {
 public:
  /// `source` names the file in messages. Ids must be below 2^22. Throws invalid_argument / unimplemented.
  static std::unique_ptr<Tokenizer> from_json(std::string_view tokenizer_json, const std::string& source);
  ~Tokenizer();

  /// Special-token text inside `text` is recognised. add_special_tokens applies the post-processor (e.g. BOS). Each
  /// maximal invalid part of UTF-8 in `text` is read as U+FFFD. Symbols that the vocabulary lacks are dropped (or
  /// become unk_token). Throws invalid_argument when `text` is longer than 64 MiB.
  std::vector<int32_t> encode(std::string_view text, bool add_special_tokens = false) const;

  /// Invalid UTF-8 becomes U+FFFD, one per maximal invalid part. Unknown ids are skipped.
  std::string decode(std::span<const int32_t> ids, bool skip_special_tokens) const;

  /// Largest id + 1 over vocabulary and added tokens.
  int64_t vocab_size() const;
  bool is_special(int32_t id) const;
  std::optional<int32_t> token_to_id(std::string_view token) const;  // exact vocabulary entry, e.g. "<|im_end|>"
  std::string id_to_token(int32_t id) const;                         // "" if unknown

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Streaming decoder: feed ids one by one, get text as soon as it is complete UTF-8 (Hugging Face's DecodeStream).
/// The tokenizer must outlive it. Thread rule: one thread.
class DecodeStream {
 public:
  DecodeStream(const Tokenizer& tokenizer, bool skip_special_tokens)
      : tokenizer_(tokenizer), skip_special_(skip_special_tokens) {}
  /// New text, or nullopt while a character is unfinished.
  std::optional<std::string> step(int32_t id);

 private:
  const Tokenizer& tokenizer_;
  bool skip_special_;
  std::vector<int32_t> ids_;
  std::string prefix_;
  std::size_t prefix_index_ = 0;
};

}  // namespace hone
