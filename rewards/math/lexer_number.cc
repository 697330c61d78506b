// Numbers with their separators, decimals, repeating decimals and exponents.
#include <algorithm>

#include "rewards/math/lexer_state.h"

namespace hone::math {

/// End of a separator and the three digits behind it, at `at`; 0 where there is none.
std::size_t Lexer::group_at(std::size_t at, bool comma, bool space) const {
  static constexpr std::string_view kMarks[] = {"{,}", ",\\!", "\\,", "\\!", "{\\,}", ",\\,", "\\;", "\\ "};
  std::size_t digits = 0;
  const std::string_view rest = text_.substr(at, 12);
  for (std::string_view mark : kMarks)
    if (digits == 0 && rest.starts_with(mark)) digits = at + mark.size();
  if (digits == 0 && ((comma && rest.starts_with(',')) || (space && rest.starts_with(' ')))) digits = at + 1;
  if (digits == 0 || digits + 3 > text_.size()) return 0;
  for (std::size_t i = 0; i < 3; ++i)
    if (!is_digit(text_[digits + i])) return 0;
  return digits + 3 < text_.size() && is_digit(text_[digits + 3]) ? 0 : digits + 3;
}

/// Does "," between digits group them, from the cursor to the end of this level? Not where one comma cannot ("1,7,103");
/// inside brackets ("(312,123,231)") only where others have a space behind them.
bool Lexer::commas_group(bool bracket) const {
  constexpr std::size_t kWindow = 400;
  int depth = 0;
  bool spaced = false;
  for (std::size_t i = at_; i < text_.size() && i < at_ + kWindow; ++i) {
    const char c = text_[i];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && --depth < 0) break;
    if (depth != 0 || c != ',' || i + 1 >= text_.size()) continue;
    spaced = spaced || text_[i + 1] == ' ';
    if (i > 0 && is_digit(text_[i - 1]) && is_digit(text_[i + 1]) && group_at(i, true, false) == 0) return false;
  }
  return !bracket || spaced;
}

void Lexer::number() {
  std::string digits;
  std::size_t end = at_;
  while (end < text_.size() && is_digit(text_[end])) digits += text_[end++];
  if (digits.size() <= 3 && !digits.empty() && digits != "0" && !options_.decimal_comma) {
    const bool comma = comma_groups_.back() != 0;
    const bool space = comma_groups_.size() == 1 && !inside_;
    while (const std::size_t next = group_at(end, comma, space)) {
      digits += text_.substr(next - 3, 3);
      end = next;
    }
    std::size_t dots = end;  // "1.000.000"
    std::string dotted = digits;
    int groups = 0;
    while (dots + 3 < text_.size() && text_[dots] == '.' && is_digit(text_[dots + 1]) && is_digit(text_[dots + 2]) &&
           is_digit(text_[dots + 3]) && !(dots + 4 < text_.size() && is_digit(text_[dots + 4]))) {
      dotted += text_.substr(dots + 1, 3);
      dots += 4;
      ++groups;
    }
    if (groups >= 2) {
      digits = dotted;
      end = dots;
    }
  }
  const char point = options_.decimal_comma ? ',' : '.';
  std::size_t fraction = end;
  if (fraction < text_.size() && (text_[fraction] == '.' || text_[fraction] == point)) {
    std::size_t after = fraction + 1;
    while (after < text_.size() && is_digit(text_[after])) ++after;
    const bool repeats = text_.substr(after).starts_with("\\overline") || text_.substr(after).starts_with("\\bar") ||
                         text_.substr(after).starts_with("\\dot{");
    if (after > fraction + 1 || repeats) {
      digits += '.';
      digits += text_.substr(fraction + 1, after - fraction - 1);
      end = after;
    }
  }
  std::size_t exponent = end;
  if (exponent + 1 < text_.size() && to_lower(text_[exponent]) == 'e') {
    std::size_t from = exponent + 1;
    if (text_[from] == '-' || text_[from] == '+') ++from;
    std::size_t to = from;
    while (to < text_.size() && is_digit(text_[to])) ++to;
    if (to > from && !(to < text_.size() && is_letter(text_[to]))) {
      digits += text_.substr(exponent, to - exponent);
      end = to;
    }
  }
  at_ = end;
  push(T::number, digits);
  if (digits.find('.') != std::string::npos) repeating_digits();
}

/// "0.1\overline{6}", "0.\bar 3"
void Lexer::repeating_digits() {
  const std::size_t begin = at_;
  if (rest_is("\\dot")) {  // "0.\dot{3}", "0.\dot{1}4285\dot{7}"
    std::string digits;
    while (rest_is("\\dot") || (is_digit(peek()) && text_.substr(at_).find("\\dot") != std::string_view::npos)) {
      if (is_digit(peek())) {
        digits += text_[at_++];
        continue;
      }
      at_ += 4;
      digits += argument();
    }
    tokens_.back().repeating = digits;
    if (digits.empty() || digits.size() > 50 || !std::all_of(digits.begin(), digits.end(), is_digit))
      tokens_.back().type = T::other;
    return;
  }
  if (rest_is("\\overline"))
    at_ += 9;
  else if (rest_is("\\bar"))
    at_ += 4;
  else
    return;
  const std::string_view content = argument();
  if (content.empty() || content.size() > 50 || !std::all_of(content.begin(), content.end(), is_digit)) {
    at_ = begin;
    return;
  }
  tokens_.back().repeating = content;
}

}  // namespace hone::math
