#include "policy/text/added_tokens.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "policy/text/utf8.h"
#include "policy/text/vocabulary.h"

namespace hone {
namespace {

bool is_space(char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0; }

// Word characters of Unicode Technical Standard 18, annex C.
bool is_word(char32_t c) {
  const auto code_point = static_cast<UChar32>(c);
  constexpr uint32_t kCategories = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return u_hasBinaryProperty(code_point, UCHAR_ALPHABETIC) || (U_MASK(u_charType(code_point)) & kCategories) != 0 ||
         u_hasBinaryProperty(code_point, UCHAR_JOIN_CONTROL);
}

bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) {
  const bool word_before = begin > 0 && is_word(last_code_point(text.substr(0, begin)));
  const bool word_after = end < text.size() && is_word(utf8_step(text.substr(end)).code_point);
  return !word_before && !word_after;
}

// Moves `begin` back over white space, not before `floor`.
std::size_t strip_left(std::string_view text, std::size_t begin, std::size_t floor) {
  while (begin > floor && is_space(last_code_point(text.substr(0, begin)))) {
    begin -= last_character_length(text.substr(0, begin));
  }
  return begin;
}

std::size_t strip_right(std::string_view text, std::size_t end) {
  while (end < text.size()) {
    const Utf8Step step = utf8_step(text.substr(end));
    if (!is_space(step.code_point)) break;
    end += step.length;
  }
  return end;
}

}  // namespace

AddedToken AddedToken::from_json(const JsonNode& node) {
  AddedToken token;
  token.content = node.at("content").text();
  token.id = static_cast<int32_t>(node.at("id").integer(0, Vocabulary::kIdLimit - 1));
  token.single_word = node.flag_or("single_word", false);
  token.lstrip = node.flag_or("lstrip", false);
  token.rstrip = node.flag_or("rstrip", false);
  token.special = node.flag_or("special", false);
  token.normalized = node.flag_or("normalized", !token.special);
  return token;
}

uint32_t AddedTokenMatcher::child(uint32_t node, uint8_t byte) const {
  for (const auto& [label, target] : nodes_[node].children) {
    if (label == byte) return target;
  }
  return 0;
}

void AddedTokenMatcher::add(const AddedToken& token, std::string_view pattern) {
  if (pattern.empty()) return;
  uint32_t node = 0;
  for (const char c : pattern) {
    const auto byte = static_cast<uint8_t>(c);
    uint32_t next = child(node, byte);
    if (next == 0) {
      next = static_cast<uint32_t>(nodes_.size());
      nodes_.emplace_back();
      nodes_[node].children.emplace_back(byte, next);
    }
    node = next;
  }
  if (nodes_[node].token >= 0) return;
  nodes_[node].token = static_cast<int32_t>(tokens_.size());
  tokens_.push_back(token);
}

AddedTokenMatcher::Hit AddedTokenMatcher::longest_at(std::string_view text) const {
  Hit hit;
  uint32_t node = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    node = child(node, static_cast<uint8_t>(text[i]));
    if (node == 0) break;
    if (nodes_[node].token >= 0) hit = {i + 1, nodes_[node].token};
  }
  return hit;
}

void AddedTokenMatcher::split(std::string_view text, std::vector<TextPart>& out) const {
  std::size_t done = 0;  // text before it has been handed out
  for (std::size_t i = 0; i < text.size();) {
    const Hit hit = longest_at(text.substr(i));
    if (hit.token < 0) {
      ++i;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<std::size_t>(hit.token)];
    std::size_t begin = i;
    std::size_t end = i + hit.length;
    i = end;
    if (token.single_word && !stands_alone(text, begin, end)) continue;
    if (token.lstrip) begin = std::max(strip_left(text, begin, done), done);
    if (token.rstrip) end = strip_right(text, end);
    if (done < begin) out.push_back({text.substr(done, begin - done), -1});
    // White space that the last token took along can hold a token. One that takes the white space on its left has
    // nothing left then; any other is still found.
    if (begin < end) out.push_back({text.substr(begin, end - begin), token.id});
    done = end;
  }
  if (done < text.size()) out.push_back({text.substr(done), -1});
}

}  // namespace hone
