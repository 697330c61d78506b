// UTF-8 as Unicode 15 table 3-7 defines it (no surrogates, no overlong forms, at most U+10FFFF).
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hone {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

/// The sequence at the start of a text: a whole character, or the maximal invalid part (1 to 3 bytes).
struct Utf8Step {
  char32_t code_point = 0;  // U+FFFD when invalid
  std::size_t length = 0;   // bytes to advance, at least 1
  bool valid = false;
};

/// Reads one character; `text` must not be empty.
Utf8Step utf8_step(std::string_view text);

bool is_valid_utf8(std::string_view text);

/// `text` with one U+FFFD for each maximal invalid part (Unicode 15, section 3.9, "U+FFFD Substitution of Maximal
/// Subparts").
std::string utf8_lossy(std::string_view text);

/// Code point of the last character of valid UTF-8; `text` must not be empty.
char32_t last_code_point(std::string_view text);

/// Number of bytes at the end of `text` that the last character of valid UTF-8 takes; `text` must not be empty.
std::size_t last_character_length(std::string_view text);

}  // namespace hone
