// Unicode normalisation before tokens are cut: none or NFC (Unicode Standard Annex 15), from "normalizer" of
// tokenizer.json. Thread rule: immutable.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/text/json_node.h"

namespace hone {

class Normalizer {
 public:
  Normalizer() = default;  // leaves text as it is
  /// Reads NFC or a Sequence; throws unimplemented for any other kind.
  static Normalizer from_json(const JsonNode& node);

  /// The normalised text (valid UTF-8 in and out), or nullopt when it equals `text`.
  std::optional<std::string> apply(std::string_view text) const;

 private:
  bool nfc_ = false;  // a sequence of NFC steps equals one
};

}  // namespace hone
