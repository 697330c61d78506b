#include "rewards/code/code_block.h"

#include <algorithm>

#include "rewards/text.h"

namespace hone {
namespace {

constexpr std::string_view kEndOfThought = "</think>";
constexpr std::size_t kMaxIndent = 3;
constexpr std::size_t kMinFence = 3;

struct Fence {
  char character = 0;
  std::size_t indent = 0;
  std::size_t length = 0;
  std::string_view rest;  // info string, or what makes it no closing fence
};

std::optional<Fence> fence_of(std::string_view line) {
  Fence fence;
  while (fence.indent < line.size() && line[fence.indent] == ' ') ++fence.indent;
  if (fence.indent > kMaxIndent || fence.indent == line.size()) return std::nullopt;
  fence.character = line[fence.indent];
  if (fence.character != '`' && fence.character != '~') return std::nullopt;
  std::size_t end = fence.indent;
  while (end < line.size() && line[end] == fence.character) ++end;
  fence.length = end - fence.indent;
  if (fence.length < kMinFence) return std::nullopt;
  fence.rest = trim(line.substr(end));
  return fence;
}

bool opens(const Fence& fence) { return fence.character == '~' || fence.rest.find('`') == std::string_view::npos; }

bool closes(const Fence& fence, const Fence& open) {
  return fence.character == open.character && fence.length >= open.length && fence.rest.empty();
}

std::string tag_of(std::string_view info) {
  std::size_t end = 0;
  while (end < info.size() && !is_space(info[end]) && info[end] != '{' && info[end] != ',') ++end;
  return lower(info.substr(0, end));
}

std::string_view without_indent(std::string_view line, std::size_t indent) {
  std::size_t at = 0;
  while (at < indent && at < line.size() && line[at] == ' ') ++at;
  return line.substr(at);
}

}  // namespace

std::vector<CodeBlock> fenced_blocks(std::string_view text) {
  std::vector<CodeBlock> blocks;
  std::optional<Fence> open;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    const std::optional<Fence> fence = fence_of(line);
    if (!open) {
      if (!fence || !opens(*fence)) continue;
      open = fence;
      blocks.push_back({"", tag_of(fence->rest), false});
    } else if (fence && closes(*fence, *open)) {
      blocks.back().closed = true;
      open.reset();
    } else {
      blocks.back().code += without_indent(line, open->indent);
      blocks.back().code += '\n';
    }
  }
  return blocks;
}

std::optional<CodeBlock> last_code_block(std::string_view text, const std::vector<std::string>& tags) {
  if (const std::size_t thought = text.rfind(kEndOfThought); thought != std::string_view::npos)
    text.remove_prefix(thought + kEndOfThought.size());
  std::vector<CodeBlock> blocks = fenced_blocks(text);
  const auto last = [&](auto fits) -> std::optional<CodeBlock> {
    const auto it = std::find_if(blocks.rbegin(), blocks.rend(), fits);
    if (it == blocks.rend()) return std::nullopt;
    return std::move(*it);
  };
  if (auto tagged = last([&](const CodeBlock& b) { return std::find(tags.begin(), tags.end(), b.tag) != tags.end(); }))
    return tagged;
  return last([](const CodeBlock& b) { return b.tag.empty(); });
}

}  // namespace hone
