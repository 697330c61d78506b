#include "policy/text/utf8.h"

namespace hone {
namespace {

uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<uint8_t>(text[i]); }

// What a lead byte allows: length of the sequence (0 = no lead byte) and the range of the second byte.
struct LeadByte {
  std::size_t length;
  uint8_t second_min;
  uint8_t second_max;
};

LeadByte lead_byte(uint8_t b) {
  if (b >= 0xC2 && b <= 0xDF) return {2, 0x80, 0xBF};
  if (b == 0xE0) return {3, 0xA0, 0xBF};
  if (b == 0xED) return {3, 0x80, 0x9F};
  if (b >= 0xE1 && b <= 0xEF) return {3, 0x80, 0xBF};
  if (b == 0xF0) return {4, 0x90, 0xBF};
  if (b >= 0xF1 && b <= 0xF3) return {4, 0x80, 0xBF};
  if (b == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

// First position of `text` at or after `i` that is not ASCII.
std::size_t skip_ascii(std::string_view text, std::size_t i) {
  while (i < text.size() && byte_at(text, i) < 0x80) ++i;
  return i;
}

}  // namespace

Utf8Step utf8_step(std::string_view text) {
  const uint8_t first = byte_at(text, 0);
  if (first < 0x80) return {first, 1, true};
  const LeadByte lead = lead_byte(first);
  if (lead.length == 0) return {0xFFFD, 1, false};
  char32_t code_point = first & (0xFFu >> (lead.length + 1));
  for (std::size_t i = 1; i < lead.length; ++i) {
    const uint8_t low = i == 1 ? lead.second_min : 0x80;
    const uint8_t high = i == 1 ? lead.second_max : 0xBF;
    if (i >= text.size() || byte_at(text, i) < low || byte_at(text, i) > high) return {0xFFFD, i, false};
    code_point = code_point << 6 | (byte_at(text, i) & 0x3Fu);
  }
  return {code_point, lead.length, true};
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t i = skip_ascii(text, 0); i < text.size(); i = skip_ascii(text, i)) {
    const Utf8Step step = utf8_step(text.substr(i));
    if (!step.valid) return false;
    i += step.length;
  }
  return true;
}

std::string utf8_lossy(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t ascii_end = skip_ascii(text, i);
    out.append(text.substr(i, ascii_end - i));
    i = ascii_end;
    if (i == text.size()) break;
    const Utf8Step step = utf8_step(text.substr(i));
    out.append(step.valid ? text.substr(i, step.length) : kReplacementCharacter);
    i += step.length;
  }
  return out;
}

std::size_t last_character_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && length < 4 && (byte_at(text, text.size() - length) & 0xC0u) == 0x80u) ++length;
  return length;
}

char32_t last_code_point(std::string_view text) {
  return utf8_step(text.substr(text.size() - last_character_length(text))).code_point;
}

}  // namespace hone
