#include "rewards/code/output_match.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "rewards/text.h"

namespace hone {
namespace {

std::optional<std::string_view> next_token(std::string_view text, std::size_t& at) {
  while (at < text.size() && is_space(text[at])) ++at;
  if (at == text.size()) return std::nullopt;
  const std::size_t begin = at;
  while (at < text.size() && !is_space(text[at])) ++at;
  return text.substr(begin, at - begin);
}

/// The next line without white space at its end.
std::optional<std::string_view> next_line(std::string_view text, std::size_t& at) {
  if (at >= text.size()) return std::nullopt;
  const std::size_t end = std::min(text.find('\n', at), text.size());
  std::string_view line = text.substr(at, end - at);
  at = end + 1;
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  return line;
}

std::string_view without_end(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<double> number_of(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool same(std::string_view expected, std::string_view actual, bool floats, double tolerance) {
  if (expected == actual) return true;
  if (!floats) return false;
  const auto e = number_of(expected), a = number_of(actual);
  return e && a && std::fabs(*e - *a) <= tolerance * std::max(1.0, std::fabs(*e));
}

template <class Next>
std::string compare(std::string_view expected, std::string_view actual, const char* unit, Next next, bool floats, double tolerance) {
  std::size_t at_expected = 0, at_actual = 0;
  for (std::size_t index = 1;; ++index) {
    const auto e = next(expected, at_expected);
    const auto a = next(actual, at_actual);
    if (!e && !a) return "";
    if (e && a && same(*e, *a, floats, tolerance)) continue;
    const auto shown = [](const std::optional<std::string_view>& t) {
      return t ? std::string("'").append(excerpt(*t)).append("'") : std::string("the end");
    };
    return std::string(unit) + " " + std::to_string(index) + ": expected " + shown(e) + ", got " + shown(a);
  }
}

}  // namespace

std::string output_difference(std::string_view expected, std::string_view actual, OutputMatch match, double tolerance) {
  switch (match) {
    case OutputMatch::exact: {
      if (expected == actual) return "";
      std::size_t at = 0;
      while (at < expected.size() && at < actual.size() && expected[at] == actual[at]) ++at;
      return "byte " + std::to_string(at + 1) + ": expected '" + excerpt(expected.substr(at)) + "', got '" + excerpt(actual.substr(at)) + "'";
    }
    case OutputMatch::lines: return compare(without_end(expected), without_end(actual), "line", next_line, false, 0.0);
    case OutputMatch::tokens: return compare(expected, actual, "token", next_token, false, 0.0);
    case OutputMatch::floats: return compare(expected, actual, "token", next_token, true, tolerance);
  }
  return "unknown comparison";
}

}  // namespace hone
