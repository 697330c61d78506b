#include <algorithm>
#include <array>

#include "policy/chat/syntax.h"
#include "proto/base/error.h"

namespace hone::chat {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

void append_utf8(uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

class Lexer {
 public:
  Lexer(std::string text, const std::string& source) : text_(std::move(text)), source_(source) {}

  std::vector<Token> run() {
    while (at_ < text_.size()) {
      const std::size_t tag = next_tag();
      take_data(tag);
      if (tag >= text_.size()) break;
      if (text_[tag + 1] == '#') skip_comment();
      else if (text_[tag + 1] == '{') take_tag(Token::Type::expression_begin, Token::Type::expression_end, "}}");
      else if (!take_raw()) take_tag(Token::Type::statement_begin, Token::Type::statement_end, "%}");
    }
    add(Token::Type::end, "");
    return std::move(tokens_);
  }

 private:
  void add(Token::Type type, std::string text) { tokens_.push_back({type, std::move(text), line_}); }

  void advance(std::size_t to) {
    line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_), text_.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
    at_ = to;
  }

  std::size_t next_tag() const {
    for (std::size_t i = at_; i + 1 < text_.size(); ++i)
      if (text_[i] == '{' && (text_[i + 1] == '{' || text_[i + 1] == '%' || text_[i + 1] == '#')) return i;
    return text_.size();
  }

  /// The text before a tag; the tag's sign, or lstrip_blocks, may take white space from its end.
  void take_data(std::size_t tag) {
    std::size_t end = tag;
    const char sign = tag + 2 < text_.size() ? text_[tag + 2] : '\0';
    if (tag < text_.size() && sign == '-') {
      while (end > at_ && is_blank(text_[end - 1])) --end;
    } else if (tag < text_.size() && sign != '+' && text_[tag + 1] != '{') {
      std::size_t line_begin = tag;
      while (line_begin > at_ && text_[line_begin - 1] != '\n') --line_begin;
      const bool starts_line = line_begin > at_ || at_ == 0 || text_[at_ - 1] == '\n';
      const bool blank = std::all_of(text_.begin() + static_cast<std::ptrdiff_t>(line_begin), text_.begin() + static_cast<std::ptrdiff_t>(tag), is_blank);
      if (starts_line && blank) end = line_begin;
    }
    if (end > at_) add(Token::Type::data, text_.substr(at_, end - at_));
    advance(tag);
  }

  /// Behind a block or comment: "-" takes all white space, otherwise the first newline goes (trim_blocks) unless the sign is "+".
  void after_block(std::size_t end, char sign) {
    if (sign == '-') {
      while (end < text_.size() && is_blank(text_[end])) ++end;
    } else if (sign != '+' && end < text_.size() && text_[end] == '\n') {
      ++end;
    }
    advance(end);
  }

  void skip_comment() {
    const std::size_t close = text_.find("#}", at_ + 2);
    if (close == std::string::npos) fail_at(source_, line_, "a comment {# is not closed by #}");
    after_block(close + 2, close > at_ + 2 ? text_[close - 1] : '\0');
  }

  /// {% raw %} ... {% endraw %}, without nesting. False when the tag at `at_` is another one.
  bool take_raw() {
    const auto match = [&](std::size_t from, std::string_view word, std::size_t& end, char& sign) {
      std::size_t i = from + 2;
      if (i < text_.size() && (text_[i] == '-' || text_[i] == '+')) ++i;
      while (i < text_.size() && is_blank(text_[i])) ++i;
      if (text_.compare(i, word.size(), word) != 0) return false;
      i += word.size();
      while (i < text_.size() && is_blank(text_[i])) ++i;
      sign = i < text_.size() ? text_[i] : '\0';
      if (sign == '-' || sign == '+') ++i;
      if (text_.compare(i, 2, "%}") != 0) return false;
      end = i + 2;
      return true;
    };
    std::size_t end = 0;
    char sign = '\0';
    if (!match(at_, "raw", end, sign)) return false;
    after_block(end, sign == '-' ? '-' : '+');
    for (std::size_t i = text_.find("{%", at_); i != std::string::npos; i = text_.find("{%", i + 2)) {
      if (!match(i, "endraw", end, sign)) continue;
      take_data(i);
      after_block(end, sign);
      return true;
    }
    fail_at(source_, line_, "{% raw %} is not closed by {% endraw %}");
  }

  void take_tag(Token::Type begin, Token::Type end, std::string_view close) {
    add(begin, "");
    std::size_t i = at_ + 2;
    if (i < text_.size() && (text_[i] == '-' || text_[i] == '+')) ++i;
    advance(i);
    int brackets = 0;
    for (;;) {
      while (at_ < text_.size() && is_blank(text_[at_])) advance(at_ + 1);
      if (at_ >= text_.size()) fail_at(source_, line_, std::string("a tag is not closed by ") + std::string(close));
      const char sign = text_[at_];
      const bool signed_close = (sign == '-' || sign == '+') && text_.compare(at_ + 1, 2, close) == 0;
      if (brackets == 0 && (signed_close || text_.compare(at_, 2, close) == 0)) {
        add(end, "");
        const std::size_t behind = at_ + (signed_close ? 3 : 2);
        if (end == Token::Type::statement_end) after_block(behind, signed_close ? sign : '\0');
        else after_block(behind, signed_close && sign == '-' ? '-' : '+');
        return;
      }
      take_token();
      const std::string& symbol = tokens_.back().text;
      if (tokens_.back().type != Token::Type::symbol) continue;
      if (symbol == "{" || symbol == "[" || symbol == "(") ++brackets;
      if (symbol == "}" || symbol == "]" || symbol == ")") --brackets;
    }
  }

  void take_token() {
    const char c = text_[at_];
    if (c == '"' || c == '\'') return take_string(c);
    std::size_t end = at_;
    if (is_name_start(c)) {
      while (end < text_.size() && (is_name_start(text_[end]) || is_digit(text_[end]))) ++end;
      add(Token::Type::name, text_.substr(at_, end - at_));
    } else if (is_digit(c)) {
      bool real = false;
      while (end < text_.size() && (is_digit(text_[end]) || text_[end] == '_')) ++end;
      if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
        real = true;
        for (++end; end < text_.size() && is_digit(text_[end]);) ++end;
      }
      std::string digits = text_.substr(at_, end - at_);
      std::erase(digits, '_');
      if (digits.size() > 18) fail_at(source_, line_, "the number " + digits + " has more than 18 digits");
      add(real ? Token::Type::real : Token::Type::integer, digits);
    } else {
      static constexpr std::array<std::string_view, 26> kSymbols = {"**", "//", "==", "!=", "<=", ">=", "(", ")", "[", "]", "{", "}", ".",
                                                                    ",",  ":",  "|",  "+",  "-",  "*",  "/", "%", "~", "<", ">", "=", ";"};
      const auto symbol = std::find_if(kSymbols.begin(), kSymbols.end(), [&](std::string_view s) { return text_.compare(at_, s.size(), s) == 0; });
      if (symbol == kSymbols.end()) fail_at(source_, line_, std::string("unexpected character '") + c + "'");
      end = at_ + symbol->size();
      add(Token::Type::symbol, std::string(*symbol));
    }
    advance(end);
  }

  void take_string(char quote) {
    std::string out;
    std::size_t i = at_ + 1;
    for (; i < text_.size() && text_[i] != quote; ++i) {
      if (text_[i] != '\\' || i + 1 >= text_.size()) {
        out += text_[i];
        continue;
      }
      static constexpr std::string_view kLetters = "ntrbfav\\'\"", kMeanings = "\n\t\r\b\f\a\v\\'\"";
      const char letter = text_[++i];
      const std::size_t known = kLetters.find(letter);
      const int digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
      if (known != std::string_view::npos) {
        out += kMeanings[known];
      } else if (letter == '\n') {
        continue;
      } else if (digits > 0) {
        append_utf8(code_point(i + 1, digits), out);
        i += static_cast<std::size_t>(digits);
      } else {
        (out += '\\') += letter;
      }
    }
    if (i >= text_.size()) fail_at(source_, line_, "a string is not closed");
    add(Token::Type::string, std::move(out));
    advance(i + 1);
  }

  uint32_t code_point(std::size_t from, int digits) const {
    uint32_t value = 0;
    for (std::size_t i = from; i < from + static_cast<std::size_t>(digits); ++i) {
      const char c = i < text_.size() ? text_[i] : '\0';
      const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0) fail_at(source_, line_, "an escape needs " + std::to_string(digits) + " hexadecimal digits");
      value = value * 16 + static_cast<uint32_t>(digit);
    }
    if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) fail_at(source_, line_, "an escape names no character");
    return value;
  }

  std::string text_;
  const std::string& source_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::vector<Token> tokens_;
};

/// Newlines as \n, the last one dropped.
std::string normalized(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      out += '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else {
      out += text[i];
    }
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

}  // namespace

void fail_at(const std::string& source, int line, const std::string& what, bool unsupported) {
  throw Error(unsupported ? ErrorCode::unimplemented : ErrorCode::invalid_argument, source + ":" + std::to_string(line) + ": " + what);
}

std::vector<Token> tokenize(std::string_view text, const std::string& source) { return Lexer(normalized(text), source).run(); }

}  // namespace hone::chat
