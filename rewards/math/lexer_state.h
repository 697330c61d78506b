// Inside of the lexer, shared by lexer.cc (symbols, commands, words) and lexer_number.cc (numbers and their separators).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rewards/math/lexer.h"
#include "rewards/text.h"

namespace hone::math {

class Lexer {
 public:
  Lexer(std::string_view text, const LexerOptions& options, Budget& budget, int depth)
      : text_(text), options_(options), budget_(budget), depth_(depth) {}

  std::vector<Token> run() {
    comma_groups_.push_back(commas_group(inside_));
    while (at_ < text_.size()) step();
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool rest_is(std::string_view prefix) const { return text_.substr(at_).starts_with(prefix); }

  void push(T type, std::string_view text = {}) {
    budget_.spend(1, "tokens");
    tokens_.push_back({type, space_, std::string(text), {}});
    space_ = false;
    if (type == T::lparen || type == T::lbracket || type == T::lset || type == T::lbrace)
      comma_groups_.push_back(commas_group(true));
    const bool closes = type == T::rparen || type == T::rbracket || type == T::rset || type == T::rbrace;
    if (closes && comma_groups_.size() > 1) comma_groups_.pop_back();
  }

  void step() {
    const char c = peek();
    if (is_space(c) || c == '~' || c == '$') {
      space_ = true;
      ++at_;
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)) && !(at_ > 0 && text_[at_ - 1] == '.'))) {
      number();
    } else if (c == '\\') {
      command();
    } else if (is_letter(c)) {
      word();
    } else {
      symbol();
    }
  }

  void symbol();
  void number();
  void repeating_digits();
  std::size_t group_at(std::size_t at, bool comma, bool space) const;
  void command();
  void prose(std::string_view content);
  void word();
  void split_word(std::string_view word);
  std::string_view argument();
  void inline_tokens(std::string_view content);
  bool commas_group(bool bracket) const;

  std::string_view text_;
  LexerOptions options_;
  Budget& budget_;
  int depth_;
  std::size_t at_ = 0;
  bool inside_ = false;             // within brackets of an outer lexer
  std::vector<char> comma_groups_;  // for each open bracket: does a bare comma group digits?
  bool space_ = false;
  std::vector<Token> tokens_;
};

}  // namespace hone::math
