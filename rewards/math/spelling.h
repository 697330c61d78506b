// The vocabulary of mathematical notation: LaTeX commands, Unicode characters and English words, and what they mean.
// Thread rule: read-only tables.
#pragma once

#include <optional>
#include <string_view>

#include "rewards/math/lexer.h"

namespace hone::math {

struct Spelling {
  T type;
  std::string_view text;
};

/// Meaning of "\name" (without the backslash).
std::optional<Spelling> command_spelling(std::string_view name);
/// Meaning of a word in plain text: functions, constants, connectives, scale words. Case matters for single letters only.
std::optional<Spelling> word_spelling(std::string_view word);
/// LaTeX text that replaces the character at the front of `rest`, and how many bytes that is (0: no entry).
std::string_view unicode_spelling(std::string_view rest, std::size_t& bytes);
/// ASCII character of a raised or lowered one (superscript digits, signs, n, x; subscript digits); 0 where there is none.
char raised_spelling(std::string_view rest, std::size_t& bytes);
char lowered_spelling(std::string_view rest, std::size_t& bytes);

/// Commands that leave nothing: \left, \displaystyle, \!...
bool is_invisible(std::string_view command);
/// \text and its like, whose argument is prose; \mathrm and its like, whose argument is mathematics.
bool is_text_command(std::string_view command);
bool is_font_command(std::string_view command);
/// A unit of measurement or a counted thing ("cm", "inches", "dollars").
bool is_unit_word(std::string_view word);
/// Words that may stand before an answer: "only", "approximately", "the".
bool is_leading_word(std::string_view word);
/// 0 to 20 and tens; -1 otherwise.
int number_word(std::string_view word);

}  // namespace hone::math
