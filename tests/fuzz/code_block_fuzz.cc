// Fuzz target of the code-block extractor and of the C++ declaration parser: both read what a model or a data set wrote.
// What they give must be made of the text, and the last block must be one of the blocks.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "rewards/code/code_block.h"
#include "rewards/code/cpp_declaration.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t bytes = 0;
  const std::vector<hone::CodeBlock> blocks = hone::fenced_blocks(text);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    bytes += blocks[i].code.size();
    if (!blocks[i].closed && i + 1 != blocks.size()) std::abort();  // only the end of the text leaves a block open
  }
  if (bytes > size + blocks.size()) std::abort();
  const auto last = hone::last_code_block(text, {"python", "py"});
  if (last && !(last->tag.empty() || last->tag == "python" || last->tag == "py")) std::abort();
  const auto thought = text.rfind("</think>");
  if (last && thought == std::string_view::npos &&
      std::none_of(blocks.begin(), blocks.end(), [&](const hone::CodeBlock& b) { return b.code == last->code && b.tag == last->tag; }))
    std::abort();
  const auto declaration = hone::parse_cpp_declaration(text);
  if (declaration && (declaration->name.empty() || declaration->signature.find(declaration->name) == std::string::npos)) std::abort();
  return 0;
}
