// Ids put around a text when special tokens are asked for, from "post_processor" of tokenizer.json.
// Thread rule: immutable.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/text/json_node.h"

namespace hone {

struct PostProcessor {
  std::vector<int32_t> prefix;
  std::vector<int32_t> suffix;

  /// Reads TemplateProcessing (its "single" template, with the text exactly once), ByteLevel (which only moves
  /// offsets) or a Sequence. `vocab_size`: ids at or above it are refused. Throws invalid_argument / unimplemented.
  static PostProcessor from_json(const JsonNode& node, int64_t vocab_size);
};

}  // namespace hone
