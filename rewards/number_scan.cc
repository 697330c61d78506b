#include "rewards/number_scan.h"

#include <algorithm>
#include <array>
#include <utility>

#include "rewards/number_text.h"
#include "rewards/text.h"

namespace hone {
namespace {

constexpr std::array<std::string_view, 3> kFractionCommands{"\\frac", "\\dfrac", "\\tfrac"};
constexpr std::array<std::string_view, 5> kCurrencies{"$", "€", "£", "¥", "₹"};
constexpr std::array<std::pair<std::string_view, int>, 5> kScales{
    {{"hundred", 2}, {"thousand", 3}, {"million", 6}, {"billion", 9}, {"trillion", 12}}};

bool is_integer(std::string_view literal) {
  return !literal.empty() && literal.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Numerator below denominator, so that "1 1/2" is a mixed number and "12 13/2" is two numbers.
bool is_proper(std::string_view numerator, std::string_view denominator) {
  if (!is_integer(numerator) || !is_integer(denominator)) return false;
  const auto significant = [](std::string_view s) { return s.substr(std::min(s.find_first_not_of('0'), s.size())); };
  numerator = significant(numerator);
  denominator = significant(denominator);
  return numerator.size() != denominator.size() ? numerator.size() < denominator.size() : numerator < denominator;
}

}  // namespace

std::optional<mpq_class> NumberToken::value() const {
  if (malformed) return std::nullopt;
  mpq_class value = 0;
  if (!whole.empty()) {
    const auto part = decimal_value(whole);
    if (!part) return std::nullopt;
    value = *part;
  }
  if (!numerator.empty()) {
    const auto above = decimal_value(numerator);
    const auto below = decimal_value(denominator);
    if (!above || !below || *below == 0) return std::nullopt;
    value += *above / *below;
  }
  for (int i = 0; i < scale; ++i) value *= 10;
  if (negative) value = -value;
  return value;
}

std::optional<NumberToken> NumberScanner::next() {
  while (at_ < text_.size()) {
    NumberToken token;
    token.begin = at_;
    if (text_[at_] == '\\' && read_fraction(token)) {
      token.negative ^= has_minus(token.begin);
    } else if (number_begins()) {
      read_literal(token);
      token.negative = has_minus(token.begin);
    } else {
      const bool inside_name = is_digit(text_[at_]);
      do ++at_;
      while (inside_name && at_ < text_.size() && is_digit(text_[at_]));
      continue;
    }
    read_suffix(token);
    at_ = token.end;
    return token;
  }
  return std::nullopt;
}

bool NumberScanner::number_begins() const {
  if (decimal_end(text_.substr(0, std::min(text_.size(), at_ + 2)), at_) == at_) return false;
  if (at_ == 0) return true;
  const char before = text_[at_ - 1];
  if (text_[at_] == '.') return !is_digit(before) && !is_letter(before) && before != '.';
  const bool exponent = before == '^' || (before == '{' && at_ >= 2 && text_[at_ - 2] == '^');
  return !is_letter(before) && before != '_' && !exponent;
}

void NumberScanner::read_literal(NumberToken& token) const {
  token.end = decimal_end(text_, token.begin);
  const std::size_t with_exponent = exponent_end(text_, token.end);
  const bool plain = with_exponent == token.end && is_integer(text_.substr(token.begin, token.end - token.begin));
  token.end = with_exponent;
  token.whole = text_.substr(token.begin, token.end - token.begin);
  if (!read_division(token) && plain) read_mixed(token);
}

/// "a/b", at most one space on each side of the slash.
bool NumberScanner::read_division(NumberToken& token) const {
  std::size_t at = token.end;
  if (at < text_.size() && text_[at] == ' ') ++at;
  if (at >= text_.size() || text_[at] != '/') return false;
  ++at;
  if (at < text_.size() && text_[at] == ' ') ++at;
  const std::size_t end = decimal_end(text_, at);
  if (end == at) return false;
  token.numerator = std::exchange(token.whole, {});
  token.denominator = text_.substr(at, end - at);
  token.end = end;
  token.malformed = end + 1 < text_.size() && text_[end] == '/' && is_digit(text_[end + 1]);
  return true;
}

/// The fraction after a whole number: "1 1/2", "1\frac{1}{2}", "1 \frac12".
void NumberScanner::read_mixed(NumberToken& token) const {
  std::size_t at = token.end;
  const bool space = at < text_.size() && text_[at] == ' ';
  if (space) ++at;
  if (at >= text_.size()) return;
  if (text_[at] == '\\') {
    NumberToken fraction;
    fraction.begin = at;
    if (!read_fraction(fraction)) return;
    token.malformed = fraction.negative || !is_proper(fraction.numerator, fraction.denominator);
    token.numerator = fraction.numerator;
    token.denominator = fraction.denominator;
    token.end = fraction.end;
    return;
  }
  const std::size_t slash = decimal_end(text_, at);
  if (!space || slash == at || slash >= text_.size() || text_[slash] != '/') return;
  const std::size_t end = decimal_end(text_, slash + 1);
  const std::string_view numerator = text_.substr(at, slash - at);
  const std::string_view denominator = text_.substr(slash + 1, end - slash - 1);
  if (!is_proper(numerator, denominator)) return;
  token.numerator = numerator;
  token.denominator = denominator;
  token.end = end;
}

/// "\frac{a}{b}" or "\frac ab" with single digits, at token.begin.
bool NumberScanner::read_fraction(NumberToken& token) const {
  for (std::string_view command : kFractionCommands) {
    if (!text_.substr(token.begin).starts_with(command)) continue;
    std::size_t at = token.begin + command.size();
    std::string_view above;
    std::string_view below;
    if (!read_argument(at, above) || !read_argument(at, below)) return false;
    for (std::string_view* argument : {&above, &below}) {
      if (!argument->starts_with('-')) continue;
      token.negative = !token.negative;
      argument->remove_prefix(1);
    }
    token.numerator = above;
    token.denominator = below;
    token.end = at;
    return true;
  }
  return false;
}

/// One argument of a fraction: "{12}", "{-1.5}", or a single digit.
bool NumberScanner::read_argument(std::size_t& at, std::string_view& literal) const {
  const auto skip_spaces = [&](std::size_t& i) {
    while (i < text_.size() && text_[i] == ' ') ++i;
  };
  skip_spaces(at);
  if (at >= text_.size()) return false;
  if (is_digit(text_[at])) {
    literal = text_.substr(at++, 1);
    return true;
  }
  if (text_[at] != '{') return false;
  std::size_t begin = at + 1;
  skip_spaces(begin);
  const std::size_t digits = begin + (begin < text_.size() && text_[begin] == '-' ? 1 : 0);
  const std::size_t end = decimal_end(text_, digits);
  std::size_t close = end;
  skip_spaces(close);
  if (end == digits || close >= text_.size() || text_[close] != '}') return false;
  literal = text_.substr(begin, end - begin);
  at = close + 1;
  return true;
}

/// Scale words, and the powers that Hone does not evaluate.
void NumberScanner::read_suffix(NumberToken& token) const {
  std::size_t at = token.end;
  if (at < text_.size() && text_[at] == '^') token.malformed = true;
  if (at < text_.size() && text_[at] == ' ') ++at;
  std::size_t end = at;
  while (end < text_.size() && end - at < 10 && is_letter(text_[end])) ++end;
  const std::string word = lower(text_.substr(at, end - at));
  for (const auto& [name, power] : kScales) {
    if (word != name) continue;
    token.scale = power;
    token.end = end;
  }
}

/// A minus sign (not a subtraction or a hyphen) before the number or before its currency symbol. "- 3" is a list
/// item.
bool NumberScanner::has_minus(std::size_t begin) const {
  std::size_t at = begin;
  for (const bool spaced : {false, true}) {
    const std::size_t end = begin - (spaced && begin > 0 && text_[begin - 1] == ' ' ? 1 : 0);
    for (std::string_view currency : kCurrencies)
      if (text_.substr(0, end).ends_with(currency)) at = end - currency.size();
  }
  if (at == 0 || text_[at - 1] != '-') return false;
  --at;
  const bool attached = at > 0 && is_letter(text_[at - 1]);
  while (at > 0 && text_[at - 1] == ' ') --at;
  if (at == 0) return true;
  const char before = text_[at - 1];
  return !attached && !is_digit(before) && before != ')' && before != '}' && before != '-' && before != '%';
}

}  // namespace hone
