// Cuts a text into words before merges are applied, from "pre_tokenizer" of tokenizer.json.
// Thread rule: immutable.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/text/json_node.h"

namespace hone {

/// Pieces of a text, in order, none empty. They point into the caller's text or into `owned`.
struct PieceList {
  std::vector<std::string_view> pieces;
  std::deque<std::string> owned;
};

/// One step: cuts each piece further.
class PreTokenizerStep {
 public:
  virtual ~PreTokenizerStep() = default;
  virtual void apply(PieceList& list) const = 0;
};

class PreTokenizer {
 public:
  PreTokenizer() = default;  // no cut at all
  /// Reads ByteLevel, Split, Digits and Sequences of these; throws invalid_argument / unimplemented.
  static PreTokenizer from_json(const JsonNode& node);

  /// Words of `text` (valid UTF-8), which must outlive the list.
  void split(std::string_view text, PieceList& list) const;

  /// The words stand for their bytes in the byte-level alphabet (a ByteLevel step, which can only be the last one).
  bool is_byte_level() const { return byte_level_; }

 private:
  void add_steps(const JsonNode& node, int depth);

  std::vector<std::unique_ptr<const PreTokenizerStep>> steps_;
  bool byte_level_ = false;
};

}  // namespace hone
