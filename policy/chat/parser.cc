#include <initializer_list>
#include <iterator>
#include <utility>

#include "policy/chat/expression_parser.h"

namespace hone::chat {
namespace {

class Parser : private ExpressionParser {
 public:
  using ExpressionParser::ExpressionParser;

  Nodes run() {
    Nodes out = block({});
    if (peek().type != Token::Type::end) fail("unexpected end tag");
    return out;
  }

 private:
  /// Statements up to a tag that starts with one of `ends`, which is left standing behind its {%.
  Nodes block(std::initializer_list<std::string_view> ends) {
    const Level level(*this);
    Nodes out;
    for (;;) {
      if (peek().type == Token::Type::end) {
        if (ends.size() > 0) fail("the template ends inside a block that needs '" + std::string(*std::prev(ends.end())) + "'");
        return out;
      }
      const Token token = next();
      if (token.type == Token::Type::data) {
        out.push_back(make(Node::Kind::data, token.text));
      } else if (token.type == Token::Type::expression_begin) {
        NodePtr node = make(Node::Kind::output);
        node->kids.push_back(tuple());
        if (peek().type != Token::Type::expression_end) fail("unexpected '" + peek().text + "'");
        ++at_;
        out.push_back(std::move(node));
      } else {
        for (const std::string_view end : ends)
          if (at_name(end)) return out;
        out.push_back(statement());
      }
    }
  }

  NodePtr statement() {
    const std::string word = need_name();
    if (word == "if") return condition();
    if (word == "for") return loop();
    if (word == "set") return assign();
    if (word == "macro") return macro();
    if (word == "generation") {
      end_statement();
      NodePtr node = make(Node::Kind::generation);
      node->body = closed_by("endgeneration");
      return node;
    }
    if (word == "break" || word == "continue") {
      if (loops_ == 0) fail("'" + word + "' outside of a loop");
      end_statement();
      return make(word == "break" ? Node::Kind::leave : Node::Kind::next);
    }
    fail("the statement '" + word + "' is not supported in a chat template", true);
  }

  Nodes closed_by(std::string_view end) {
    Nodes body = block({end});
    ++at_;
    end_statement();
    return body;
  }

  NodePtr condition() {
    const Level level(*this);
    NodePtr node = make_with(Node::Kind::condition, "", tuple());
    end_statement();
    node->body = block({"elif", "else", "endif"});
    if (take_name("elif")) {
      node->otherwise.push_back(condition());
      return node;  // the inner one took the endif
    }
    if (take_name("else")) {
      end_statement();
      node->otherwise = block({"endif"});
    }
    need_word("endif");
    end_statement();
    return node;
  }

  NodePtr loop() {
    NodePtr node = make(Node::Kind::loop);
    node->names = targets();
    need_word("in");
    node->kids.push_back(disjunction());
    node->kids.push_back(take_name("if") ? expression() : nullptr);
    if (at_name("recursive")) fail("recursive loops are not supported in a chat template", true);
    end_statement();
    ++loops_;
    node->body = block({"else", "endfor"});
    --loops_;
    if (take_name("else")) {
      end_statement();
      node->otherwise = block({"endfor"});
    }
    need_word("endfor");
    end_statement();
    return node;
  }

  std::vector<std::string> targets() {
    const bool parentheses = take_symbol("(");
    std::vector<std::string> out{need_name()};
    while (take_symbol(",")) out.push_back(need_name());
    if (parentheses) need_symbol(")");
    return out;
  }

  NodePtr assign() {
    NodePtr node = make(Node::Kind::assign);
    if (peek(1).type == Token::Type::symbol && peek(1).text == ".") {
      node->text = need_name();
      ++at_;
      node->names.push_back(need_name());
    } else {
      node->names = targets();
    }
    if (take_symbol("=")) {
      node->kids.push_back(tuple());
      end_statement();
      return node;
    }
    if (node->names.size() != 1 || !node->text.empty()) fail("expected '='");
    if (at_symbol("|")) fail("filters of a set block are not supported in a chat template", true);
    end_statement();
    node->kind = Node::Kind::capture;
    node->body = closed_by("endset");
    return node;
  }

  NodePtr macro() {
    NodePtr node = make(Node::Kind::macro, need_name());
    need_symbol("(");
    while (!take_symbol(")")) {
      const std::string name = need_name();
      node->names.push_back(name);
      if (take_symbol("=")) node->named.emplace_back(name, expression());
      if (!at_symbol(")")) need_symbol(",");
    }
    end_statement();
    const int loops = std::exchange(loops_, 0);
    node->body = closed_by("endmacro");
    loops_ = loops;
    return node;
  }

  int loops_ = 0;
};

}  // namespace

Nodes parse(const std::vector<Token>& tokens, const std::string& source) { return Parser(tokens, source).run(); }

}  // namespace hone::chat
