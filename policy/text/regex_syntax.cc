#include "policy/text/regex_syntax.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <cctype>
#include <cstddef>
#include <utility>

#include "proto/base/error.h"

namespace hone {
namespace {

// Oniguruma's word characters: the Unicode definition without Join_Control, and outside of a class the Latin-1
// numbers too.
constexpr std::string_view kWordMembers = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc})";
constexpr std::string_view kLatinNumbers = R"(\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE})";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }
bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

class Translator {
 public:
  Translator(std::string_view pattern, const JsonNode& where) : pattern_(pattern), where_(where) {}

  std::string run() {
    while (at_ < pattern_.size()) {
      switch (pattern_[at_]) {
        case '\\': escape(); break;
        case '[': open_class(); break;
        case ']': close_class(); break;
        case '(': open_group(); break;
        case '{': interval(); break;
        case '&': ampersand(); break;
        default: copy(1);
      }
    }
    return std::move(out_);
  }

 private:
  bool starts_with(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  char peek(std::size_t ahead) const { return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0'; }

  void copy(std::size_t n) {
    out_ += pattern_.substr(at_, n);
    at_ += n;
  }
  void replace(std::size_t n, std::string_view text) {
    out_ += text;
    at_ += n;
  }

  [[noreturn]] void unsupported(std::string_view what) const {
    where_.fail(ErrorCode::unimplemented, "the regular expression " + in_quotes(pattern_) + " uses " +
                                              std::string(what) + " at byte " + std::to_string(at_) +
                                              ", which is not supported");
  }

  void escape() {
    const char c = peek(1);
    if (!is_alnum(c)) return copy(2);  // a literal character; the tail of one longer than a byte follows as such
    switch (c) {
      case 's': return replace(2, R"(\p{White_Space})");
      case 'S': return replace(2, R"(\P{White_Space})");
      case 'v': return replace(2, R"(\x0B)");
      case 'w': return word(false);
      case 'W': return word(true);
      case 'u': return code_unit();
      case 'p':
      case 'P': return property();
      case 'n':
      case 'r':
      case 't':
      case 'f':
      case 'a':
      case 'e':
      case 'd':
      case 'D': return copy(2);
      case 'x':
        if (starts_with("\\x{")) return copy(braced_length(2));
        return copy(2);
      case 'A':
      case 'z':
      case 'Z':
        if (!in_class_) return copy(2);
        [[fallthrough]];
      default: unsupported("the escape \\" + std::string(1, c));
    }
  }

  void word(bool negated) {
    if (in_class_ && negated) unsupported("\\W inside a character class");
    if (in_class_) return replace(2, kWordMembers);
    replace(2, (negated ? "[^" : "[") + std::string(kWordMembers) + std::string(kLatinNumbers) + "]");
  }

  void code_unit() {
    for (std::size_t i = 2; i < 6; ++i) {
      if (!is_hex(peek(i))) unsupported("an incomplete \\uHHHH");
    }
    replace(6, "\\x{" + std::string(pattern_.substr(at_ + 2, 4)) + "}");
  }

  // Length from the backslash to the closing brace, where the brace opens `offset` bytes on.
  std::size_t braced_length(std::size_t offset) const {
    const std::size_t end = pattern_.find('}', at_ + offset);
    if (end == std::string_view::npos) unsupported("an unclosed {");
    return end + 1 - at_;
  }

  // PCRE2 takes a bare script name for Script_Extensions, Oniguruma for Script.
  void property() {
    if (peek(2) != '{') unsupported("a property without braces");
    const std::size_t length = braced_length(2);
    std::string_view name = pattern_.substr(at_ + 3, length - 4);
    const bool caret = name.starts_with('^');
    if (caret) name.remove_prefix(1);
    const bool script =
        name.size() > 2 && u_getPropertyValueEnum(UCHAR_SCRIPT, std::string(name).c_str()) != UCHAR_INVALID_CODE;
    if (!script) return copy(length);
    replace(length, "\\" + std::string(1, peek(1)) + "{" + (caret ? "^" : "") + "sc:" + std::string(name) + "}");
  }

  void open_class() {
    if (in_class_) unsupported("a class within a class");
    in_class_ = true;
    copy(peek(1) == '^' ? 2 : 1);
    if (peek(0) == ']') replace(1, "\\]");  // first in a class it is a literal
  }

  void close_class() {
    in_class_ = false;
    copy(1);
  }

  void ampersand() {
    if (in_class_ && peek(1) == '&') unsupported("&& in a character class");
    copy(1);
  }

  void open_group() {
    if (in_class_) return copy(1);
    if (peek(1) == '*') unsupported("(*");
    if (peek(1) != '?') return copy(1);
    for (const std::string_view opening : {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"}) {
      if (starts_with(opening)) return copy(opening.size());
    }
    std::size_t end = 2;
    while (peek(end) == 'i' || peek(end) == '-') ++end;
    if (end == 2 || (peek(end) != ':' && peek(end) != ')'))
      unsupported("the group \"(?" + std::string(1, peek(2)) + "\"");
    copy(end + 1);
  }

  void interval() {
    std::size_t end = 1;
    while (is_digit(peek(end))) ++end;
    const bool has_min = end > 1;
    const bool exact = peek(end) != ',';
    std::size_t max_digits = 0;
    if (!exact) {
      ++end;
      while (is_digit(peek(end))) ++end, ++max_digits;
    }
    if (in_class_ || peek(end) != '}' || (!has_min && (exact || max_digits == 0))) return copy(1);
    if (peek(end + 1) == '+') unsupported("a repeated interval {n,m}+");
    if (peek(end + 1) == '?' && exact) unsupported("an optional interval {n}?");
    if (!has_min) replace(1, "{0");
    copy(end + 1 - (has_min ? 0 : 1));
  }

  std::string_view pattern_;
  const JsonNode& where_;
  std::string out_;
  std::size_t at_ = 0;
  bool in_class_ = false;
};

}  // namespace

std::string to_pcre2_syntax(std::string_view pattern, const JsonNode& where) {
  return Translator(pattern, where).run();
}

}  // namespace hone
