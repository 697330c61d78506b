// Finds the numbers in prose and LaTeX: "1,080", "-$5.50", "3/4", "1 1/2", "\frac{3}{4}", "2\frac{1}{2}", "5
// million", "1e3".
// A digit that is part of a name or an exponent ("x2", "m^2") is not a number. Linear in the text.
// Thread rule: one scanner, one thread.
#pragma once

#include <gmpxx.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hone {

struct NumberToken {
  std::size_t begin = 0;  // of the digits (or of "\frac"): sign and currency stand before it
  std::size_t end = 0;    // after the digits and a scale word
  bool negative = false;
  bool malformed = false;      // "2^3", "1/2/2024": looks like a number but is not one
  int scale = 0;               // power of ten of a scale word ("million": 6)
  std::string_view whole;      // "1" of "1 1/2"; empty for a bare fraction
  std::string_view numerator;  // empty unless there is a fraction
  std::string_view denominator;

  /// Exact value; nullopt when malformed, divided by zero, or beyond the limits of rewards/number_text.h.
  std::optional<mpq_class> value() const;
};

/// Text with one spelling for each thing: U+2212 and U+2013 become '-', thin and no-break spaces and LaTeX's "{,}"
/// and "\," inside numbers become ',', "\$" and "\%" lose their backslash, U+00BD becomes " 1/2", U+00D7 and U+00F7
/// become '*', "**" marks of emphasis become a space (a power "2**3" becomes "2^3").
std::string normalize_number_text(std::string_view text);

class NumberScanner {
 public:
  /// `text` is normalised and outlives the scanner and its tokens.
  explicit NumberScanner(std::string_view text) : text_(text) {}
  /// The next number, left to right; nullopt at the end.
  std::optional<NumberToken> next();

 private:
  bool number_begins() const;
  bool read_fraction(NumberToken& token) const;
  void read_literal(NumberToken& token) const;
  bool read_division(NumberToken& token) const;
  void read_mixed(NumberToken& token) const;
  bool read_argument(std::size_t& at, std::string_view& literal) const;
  void read_suffix(NumberToken& token) const;
  bool has_minus(std::size_t begin) const;

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace hone
