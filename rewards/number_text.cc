#include "rewards/number_text.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "rewards/text.h"

namespace hone {
namespace {

std::size_t digits_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

bool group_of_three(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] == ',' &&
         digits_end(text.substr(0, std::min(text.size(), at + 5)), at + 1) == at + 4;
}

mpz_class power_of_ten(unsigned long exponent) {
  mpz_class power;
  mpz_ui_pow_ui(power.get_mpz_t(), 10, exponent);
  return power;
}

}  // namespace

std::size_t decimal_end(std::string_view text, std::size_t at) {
  std::size_t end = digits_end(text, at);
  if (end > at && end - at <= 3 && text[at] != '0')
    while (group_of_three(text, end)) end += 4;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction_end = digits_end(text, end + 1);
    if (fraction_end > end + 1) end = fraction_end;
  }
  return end;
}

std::size_t exponent_end(std::string_view text, std::size_t at) {
  if (at >= text.size() || to_lower(text[at]) != 'e') return at;
  std::size_t digits = at + 1;
  if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
  const std::size_t end = digits_end(text, digits);
  return end == digits || (end < text.size() && is_letter(text[end])) ? at : end;
}

std::optional<mpq_class> decimal_value(std::string_view literal) {
  const std::size_t mantissa_end = std::min(literal.find_first_of("eE"), literal.size());
  if (mantissa_end > 2 * kMaxNumberDigits) return std::nullopt;
  std::string digits;
  int exponent = 0;
  bool after_point = false;
  for (char c : literal.substr(0, mantissa_end)) {
    if (is_digit(c)) {
      digits += c;
      exponent -= after_point ? 1 : 0;
    } else if (c == '.') {
      after_point = true;
    }
  }
  if (digits.empty() || digits.size() > kMaxNumberDigits) return std::nullopt;
  if (mantissa_end < literal.size()) {
    std::string_view power = literal.substr(mantissa_end + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    int parsed = 0;
    const auto result = std::from_chars(power.data(), power.data() + power.size(), parsed);
    if (result.ec != std::errc() || parsed > kMaxNumberExponent || parsed < -kMaxNumberExponent) return std::nullopt;
    exponent += parsed;
  }
  mpq_class value{mpz_class(digits, 10)};
  if (exponent > 0) value *= power_of_ten(static_cast<unsigned long>(exponent));
  if (exponent < 0) value /= power_of_ten(static_cast<unsigned long>(-exponent));
  return value;
}

std::string to_text(const mpq_class& value) { return excerpt(value.get_str()); }

}  // namespace hone
