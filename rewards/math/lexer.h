// Text of an answer to tokens: LaTeX, plain text and Unicode have one spelling afterwards ("\leq", "<=", U+2264).
// Numbers come without separators ("1{,}000", "1 000", U+2009). Fonts, spacing, delimiters' sizes, "$" and currency
// signs leave no token. Words become names, functions, connectives, or text.
// Thread rule: pure function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/math/budget.h"

namespace hone::math {

enum class T : uint8_t {
  end,
  number,    // text: "12", "0.5", "1e-3"; `repeating` digits after it
  name,      // one variable
  function,  // text: canonical name ("sin", "arctan", "sqrt", "root", "frac", "binom"...)
  text,      // a word or phrase
  constant,  // text holds one char: the Constant's number
  plus,
  minus,
  times,
  slash,
  caret,
  underscore,
  bang,
  prime,
  percent,
  degree,
  pm,
  mp,
  lparen,
  rparen,
  lbracket,
  rbracket,
  lbrace,
  rbrace,
  lset,
  rset,
  bar,
  mid,
  lfloor,
  rfloor,
  lceil,
  rceil,
  langle,
  rangle,
  comma,
  semicolon,
  colon,
  both,
  either,
  clause,  // clause: "for all", "where", "if"
  sign,    // text: one of kSigns
  cup,
  cap,
  setminus,
  amp,
  newrow,
  begin,
  end_env,  // text of begin: the environment
  scale,    // "million": text holds the power of ten
  ellipsis,
  other,  // something that no answer may contain
};

struct Token {
  T type = T::end;
  bool space = false;  // white space before it
  std::string text;
  std::string repeating;
};

struct LexerOptions {
  bool decimal_comma = false;  // "2,74" is a number
};

/// Ends with a token of type end. Throws BudgetExceeded for a text that is too long.
std::vector<Token> tokenize(std::string_view text, const LexerOptions& options, Budget& budget);

}  // namespace hone::math
