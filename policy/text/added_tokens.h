// Finds added tokens ("<|im_end|>" and the like) in a text. At each place from left to right the longest token wins.
// Thread rule: immutable once filled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/text/json_node.h"

namespace hone {

/// One entry of "added_tokens" in tokenizer.json.
struct AddedToken {
  std::string content;
  int32_t id = 0;
  bool single_word = false;  // only where no word character touches it
  bool lstrip = false;       // takes the white space before it along
  bool rstrip = false;       // and after it
  bool normalized = true;    // looked for in the normalised text
  bool special = false;

  static AddedToken from_json(const JsonNode& node);
};

/// A stretch of text: an added token (id >= 0), or text in between (id -1).
struct TextPart {
  std::string_view text;
  int32_t id = -1;
};

class AddedTokenMatcher {
 public:
  AddedTokenMatcher() : nodes_(1) {}

  /// Looks for `pattern` (the token's content, normalised or not); of two tokens with one pattern the first stays.
  void add(const AddedToken& token, std::string_view pattern);

  /// Appends the parts that cover `text` (valid UTF-8), none of them empty; a token's part holds the white space it
  /// took along.
  void split(std::string_view text, std::vector<TextPart>& out) const;

 private:
  struct Node {
    std::vector<std::pair<uint8_t, uint32_t>> children;  // few a node: found by a linear search
    int32_t token = -1;                                  // index into tokens_ of the pattern that ends here
  };
  struct Hit {
    std::size_t length = 0;
    int32_t token = -1;
  };

  uint32_t child(uint32_t node, uint8_t byte) const;  // 0 = none
  Hit longest_at(std::string_view text) const;

  std::vector<Node> nodes_;
  std::vector<AddedToken> tokens_;
};

}  // namespace hone
