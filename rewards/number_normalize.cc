#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "rewards/number_scan.h"
#include "rewards/text.h"

namespace hone {
namespace {

using Spelling = std::pair<std::string_view, std::string_view>;

constexpr std::array kSpellings{Spelling{"\xE2\x88\x92", "-"},
                                Spelling{"\xE2\x80\x93", "-"},
                                Spelling{"\xE2\x81\x84", "/"},
                                Spelling{"\xC3\x97", "*"},
                                Spelling{"\xC3\xB7", "*"},
                                Spelling{"\xC2\xB0", " "},
                                Spelling{"\xC2\xBC", " 1/4"},
                                Spelling{"\xC2\xBD", " 1/2"},
                                Spelling{"\xC2\xBE", " 3/4"},
                                Spelling{"\xE2\x85\x93", " 1/3"},
                                Spelling{"\xE2\x85\x94", " 2/3"},
                                Spelling{"\xE2\x85\x95", " 1/5"},
                                Spelling{"\xE2\x85\x96", " 2/5"},
                                Spelling{"\xE2\x85\x97", " 3/5"},
                                Spelling{"\xE2\x85\x98", " 4/5"},
                                Spelling{"\xE2\x85\x99", " 1/6"},
                                Spelling{"\xE2\x85\x9A", " 5/6"},
                                Spelling{"\xE2\x85\x9B", " 1/8"},
                                Spelling{"\xE2\x85\x9C", " 3/8"},
                                Spelling{"\xE2\x85\x9D", " 5/8"},
                                Spelling{"\xE2\x85\x9E", " 7/8"},
                                Spelling{"\xC2\xB2", "^2"},
                                Spelling{"\xC2\xB3", "^3"},
                                Spelling{"\\$", "$"},
                                Spelling{"\\%", "%"},
                                Spelling{"\\!", ""},
                                Spelling{"^\\circ", " "},
                                Spelling{"^{\\circ}", " "}};

/// Between two digits these separate thousands: U+00A0, U+2009, U+202F, "{,}", "\,".
constexpr std::array<std::string_view, 5> kSeparators{"\xC2\xA0", "\xE2\x80\x89", "\xE2\x80\xAF", "{,}", "\\,"};

/// Appends what stands for the text at the front of `rest`; returns how many bytes that was.
std::size_t append_normal(std::string_view rest, std::string& out) {
  const char first = rest.front();
  for (std::string_view separator : kSeparators) {
    if (separator.front() != first || !rest.starts_with(separator)) continue;
    const bool digit_before = !out.empty() && is_digit(out.back());
    const bool digit_after = rest.size() > separator.size() && is_digit(rest[separator.size()]);
    out += digit_before && digit_after ? ',' : ' ';
    return separator.size();
  }
  for (const auto& [from, to] : kSpellings) {
    if (from.front() != first || !rest.starts_with(from)) continue;
    out += to;
    return from.size();
  }
  if (rest.starts_with("**")) {
    out +=
        !out.empty() && (is_digit(out.back()) || out.back() == ')') && rest.size() > 2 && is_digit(rest[2]) ? '^' : ' ';
    return 2;
  }
  out += first;
  return 1;
}

}  // namespace

std::string normalize_number_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    const bool special = static_cast<unsigned char>(c) >= 0x80 || c == '\\' || c == '{' || c == '^' || c == '*';
    if (!special) out += c;
    text.remove_prefix(special ? append_normal(text, out) : 1);
  }
  return out;
}

}  // namespace hone
