#include "policy/text/byte_level.h"

#include <array>
#include <cstddef>

#include "policy/text/utf8.h"

namespace hone {
namespace {

constexpr int kAlphabetEnd = 0x144;  // the largest character of the alphabet is U+0143

struct Alphabet {
  std::array<std::string, 256> symbols;
  std::array<int, kAlphabetEnd> byte_of{};  // -1: not in the alphabet
};

bool stands_for_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

// All characters of the alphabet lie below U+0800: one or two bytes of UTF-8.
std::string encode_short(int code_point) {
  if (code_point < 0x80) return std::string(1, static_cast<char>(code_point));
  return {static_cast<char>(0xC0 | code_point >> 6), static_cast<char>(0x80 | (code_point & 0x3F))};
}

Alphabet make_alphabet() {
  Alphabet alphabet;
  alphabet.byte_of.fill(-1);
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const int code_point = stands_for_itself(byte) ? byte : next++;
    alphabet.symbols[static_cast<std::size_t>(byte)] = encode_short(code_point);
    alphabet.byte_of[static_cast<std::size_t>(code_point)] = byte;
  }
  return alphabet;
}

const Alphabet& alphabet() {
  static const Alphabet instance = make_alphabet();
  return instance;
}

}  // namespace

std::string_view byte_symbol(uint8_t byte) { return alphabet().symbols[byte]; }

std::string to_byte_symbols(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) out += byte_symbol(static_cast<uint8_t>(c));
  return out;
}

void append_token_bytes(std::string_view token, std::string& out) {
  const std::size_t start = out.size();
  for (std::size_t i = 0; i < token.size();) {
    const Utf8Step step = utf8_step(token.substr(i));
    const int byte = step.code_point < kAlphabetEnd ? alphabet().byte_of[step.code_point] : -1;
    if (byte < 0) {
      out.resize(start);
      out += token;
      return;
    }
    out += static_cast<char>(byte);
    i += step.length;
  }
}

}  // namespace hone
