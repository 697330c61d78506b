// Inside of the parser, shared by parser.cc (lists to products) and parser_primary.cc (what stands between operators).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rewards/math/parser.h"

namespace hone::math {

struct ParseError {
  std::string what;
};

class Parser {
 public:
  Parser(std::vector<Token> tokens, Tree& tree) : tokens_(std::move(tokens)), tree_(tree) {}

  const Node* answer();
  std::vector<std::string>& units() { return units_; }

 private:
  const Token& token(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  T type(std::size_t ahead = 0) const { return token(ahead).type; }
  bool take(T wanted);
  void expect(T wanted, const char* name);
  [[noreturn]] void fail(const std::string& what) const;
  Budget& budget() const { return tree_.budget(); }

  // parser.cc
  Node* list();
  Node* item();
  void units_and_clause();
  Node* set_expression();
  Node* ratio();
  Node* sum();
  Node* product();
  Node* times(Node* left, Node* right);
  Node* factor();
  Node* with_exponent(Node* base);
  bool factor_begins() const;
  bool separator_at(std::size_t at) const;
  Node* text_item();

  // parser_primary.cc
  Node* primary();
  Node* postfix(Node* node);
  Node* number();
  Node* mixed(Node* whole);
  Node* in_base(const std::string& digits);
  Node* name();
  std::string subscript();
  Node* exponent_argument();
  Node* bracket();
  Node* finish_bracket(Node* inner, char open, char close);
  Node* braces();
  Node* set();
  Node* absolute();
  Node* wrapped(T close, const char* function);
  Node* matrix();
  Node* function();
  Node* elementary(const std::string& name);
  Node* logarithm(const std::string& name);
  Node* function_argument();
  Node* tex_argument(bool single_digit);
  Node* call(const char* name, std::vector<const Node*> args);

  /// Counts nesting for as long as it lives.
  struct Level {
    explicit Level(Parser& parser);
    ~Level() { --parser.depth_; }
    Parser& parser;
  };

  std::vector<Token> tokens_;
  Tree& tree_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int bars_ = 0;          // absolute values that are open
  bool builder_ = false;  // in a set, before its "|": "|" and ":" end the expression
  std::vector<std::string> units_;
};

}  // namespace hone::math
