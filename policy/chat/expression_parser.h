// Expressions of a chat template; policy/chat/parser.cc adds the statements. Internal to the parser.
// Thread rule: one thread.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/chat/syntax.h"

namespace hone::chat {

class ExpressionParser {
 public:
  ExpressionParser(const std::vector<Token>& tokens, const std::string& source) : tokens_(tokens), source_(source) {}

 protected:
  static constexpr int kMaxDepth = 100;       // brackets and blocks in each other
  static constexpr int kMaxTreeDepth = 1000;  // a + b + c + ...

  /// Counts how deep statements and expressions stand in each other.
  struct Level {
    explicit Level(ExpressionParser& parser) : depth(parser.depth_) {
      if (++depth > kMaxDepth) parser.fail("nested deeper than " + std::to_string(kMaxDepth));
    }
    ~Level() { --depth; }
    int& depth;
  };

  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  Token next() { return tokens_[std::min(at_++, tokens_.size() - 1)]; }
  bool at_symbol(std::string_view text) const { return peek().type == Token::Type::symbol && peek().text == text; }
  bool at_name(std::string_view text, std::size_t ahead = 0) const { return peek(ahead).type == Token::Type::name && peek(ahead).text == text; }
  bool take_symbol(std::string_view text) { return at_symbol(text) && (++at_, true); }
  bool take_name(std::string_view text) { return at_name(text) && (++at_, true); }
  void need_symbol(std::string_view text) {
    if (!take_symbol(text)) fail("expected '" + std::string(text) + "', found '" + peek().text + "'");
  }
  std::string need_name() {
    if (peek().type != Token::Type::name) fail("expected a name, found '" + peek().text + "'");
    return next().text;
  }
  void need_word(std::string_view word) {
    if (!take_name(word)) fail("expected '" + std::string(word) + "', found '" + peek().text + "'");
  }
  void end_statement() {
    if (peek().type != Token::Type::statement_end) fail("unexpected '" + peek().text + "'");
    ++at_;
  }

  NodePtr make(Node::Kind kind, std::string text = "") const {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->line = peek().line;
    node->text = std::move(text);
    return node;
  }
  template <class... Kids>
  NodePtr make_with(Node::Kind kind, std::string text, Kids... kids) const {
    NodePtr node = make(kind, std::move(text));
    (node->kids.push_back(std::move(kids)), ...);
    check_depth(*node);
    return node;
  }

  void check_depth(Node& node) const {
    for (const NodePtr& kid : node.kids)
      if (kid) node.depth = std::max(node.depth, kid->depth + 1);
    for (const auto& [name, kid] : node.named) node.depth = std::max(node.depth, kid->depth + 1);
    if (node.depth > kMaxTreeDepth) fail("an expression of more than " + std::to_string(kMaxTreeDepth) + " operations in a chain");
  }

  /// a, b, c without brackets is a list.
  NodePtr tuple();
  NodePtr expression();
  NodePtr disjunction();
  [[noreturn]] void fail(const std::string& what, bool unsupported = false) const { fail_at(source_, peek().line, what, unsupported); }

  std::size_t at_ = 0;

 private:
  NodePtr conjunction();
  NodePtr negation();
  NodePtr comparison();
  NodePtr sum();
  NodePtr concatenation();
  NodePtr product();
  NodePtr unary(bool with_filters);
  NodePtr primary();
  NodePtr named_value(const std::string& name) const;
  NodePtr sequence(Node::Kind kind, std::string_view close);
  NodePtr postfix(NodePtr node);
  NodePtr subscript(NodePtr node);
  void arguments(Node& node);
  NodePtr filters(NodePtr node);
  bool starts_argument() const;

  const std::vector<Token>& tokens_;
  const std::string& source_;
  int depth_ = 0;
};

}  // namespace hone::chat
