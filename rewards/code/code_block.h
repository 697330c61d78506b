// Finds the program in a completion.
// Thread rule: pure functions, linear in the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

struct CodeBlock {
  std::string code;
  std::string tag;     // first word of the info string, lower case; "" if none
  bool closed = true;  // false: the text ended inside the block
};

/// Fenced blocks in order (CommonMark: three or more ` or ~ with at most three spaces before them; a block ends at a
/// fence of the same character that is at least as long, or with the text). Lines lose the fence's indentation.
std::vector<CodeBlock> fenced_blocks(std::string_view text);

/// The last block whose tag is one of `tags`; without one, the last block that has no tag. Where the text has a closing
/// think tag, only what follows the last one counts. nullopt if there is none: then there is no program.
std::optional<CodeBlock> last_code_block(std::string_view text, const std::vector<std::string>& tags);

}  // namespace hone
