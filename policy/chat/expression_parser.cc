#include "policy/chat/expression_parser.h"

#include <cstdlib>

namespace hone::chat {

NodePtr ExpressionParser::tuple() {
  NodePtr first = expression();
  if (!at_symbol(",")) return first;
  NodePtr node = make_with(Node::Kind::list, "", std::move(first));
  while (take_symbol(",")) {
    if (peek().type == Token::Type::statement_end || peek().type == Token::Type::expression_end || at_symbol(")")) break;
    node->kids.push_back(expression());
  }
  check_depth(*node);
  return node;
}

NodePtr ExpressionParser::expression() {
  const Level level(*this);
  NodePtr value = disjunction();
  while (take_name("if")) {
    NodePtr test = disjunction();
    NodePtr otherwise = take_name("else") ? expression() : nullptr;
    value = make_with(Node::Kind::conditional, "", std::move(value), std::move(test), std::move(otherwise));
  }
  return value;
}

NodePtr ExpressionParser::disjunction() {
  NodePtr left = conjunction();
  while (take_name("or")) left = make_with(Node::Kind::binary, "or", std::move(left), conjunction());
  return left;
}
NodePtr ExpressionParser::conjunction() {
  NodePtr left = negation();
  while (take_name("and")) left = make_with(Node::Kind::binary, "and", std::move(left), negation());
  return left;
}
NodePtr ExpressionParser::negation() {
  const Level level(*this);
  if (take_name("not")) return make_with(Node::Kind::unary, "not", negation());
  return comparison();
}

/// Python's chains (a < b < c) are refused rather than read in another way.
NodePtr ExpressionParser::comparison() {
  NodePtr left = sum();
  for (;;) {
    std::string op;
    for (const char* symbol : {"==", "!=", "<=", ">=", "<", ">"})
      if (op.empty() && take_symbol(symbol)) op = symbol;
    if (op.empty() && take_name("in")) op = "in";
    if (op.empty() && at_name("not") && at_name("in", 1)) at_ += 2, op = "not in";
    if (op.empty()) return left;
    if (left->comparison) fail("chained comparisons are not supported in a chat template", true);
    left = make_with(Node::Kind::binary, op, std::move(left), sum());
    left->comparison = true;
  }
}

NodePtr ExpressionParser::sum() {
  NodePtr left = concatenation();
  while (at_symbol("+") || at_symbol("-")) {
    const std::string op = next().text;
    left = make_with(Node::Kind::binary, op, std::move(left), concatenation());
  }
  return left;
}
NodePtr ExpressionParser::concatenation() {
  NodePtr left = product();
  while (take_symbol("~")) left = make_with(Node::Kind::binary, "~", std::move(left), product());
  return left;
}
NodePtr ExpressionParser::product() {
  NodePtr left = unary(true);
  while (at_symbol("*") || at_symbol("/") || at_symbol("//") || at_symbol("%")) {
    const std::string op = next().text;
    left = make_with(Node::Kind::binary, op, std::move(left), unary(true));
  }
  return left;
}

NodePtr ExpressionParser::unary(bool with_filters) {
  const Level level(*this);
  NodePtr node;
  if (at_symbol("-") || at_symbol("+")) {
    const std::string op = next().text;
    node = make_with(Node::Kind::unary, op, unary(false));
  } else {
    node = postfix(primary());
  }
  if (at_symbol("**")) fail("'**' is not supported in a chat template", true);
  return with_filters ? filters(std::move(node)) : std::move(node);
}

NodePtr ExpressionParser::primary() {
  const Token token = next();
  NodePtr node = make(Node::Kind::literal);
  switch (token.type) {
    case Token::Type::string: {
      std::string text = token.text;
      while (peek().type == Token::Type::string) text += next().text;
      node->value = Value::string(std::move(text));
      return node;
    }
    case Token::Type::integer: node->value = Value::integer(std::strtoll(token.text.c_str(), nullptr, 10)); return node;
    case Token::Type::real: node->value = Value::real(std::strtod(token.text.c_str(), nullptr)); return node;
    case Token::Type::name: return named_value(token.text);
    case Token::Type::symbol: break;
    default: --at_; fail("expected a value");
  }
  if (token.text == "(") {
    if (take_symbol(")")) return make(Node::Kind::list);
    NodePtr inner = tuple();
    need_symbol(")");
    inner->comparison = false;  // (a < b) == c is not chained
    return inner;
  }
  if (token.text == "[") return sequence(Node::Kind::list, "]");
  if (token.text == "{") return sequence(Node::Kind::dict, "}");
  --at_;
  fail("unexpected '" + token.text + "'");
}

NodePtr ExpressionParser::named_value(const std::string& name) const {
  NodePtr node = make(Node::Kind::literal);
  if (name == "true" || name == "True") node->value = Value::boolean(true);
  else if (name == "false" || name == "False") node->value = Value::boolean(false);
  else if (name == "none" || name == "None") node->value = Value::none();
  else return make(Node::Kind::name, name);
  return node;
}

NodePtr ExpressionParser::sequence(Node::Kind kind, std::string_view close) {
  NodePtr node = make(kind);
  while (!take_symbol(close)) {
    node->kids.push_back(expression());
    if (kind == Node::Kind::dict) {
      need_symbol(":");
      node->kids.push_back(expression());
    }
    if (!at_symbol(close)) need_symbol(",");
  }
  check_depth(*node);
  return node;
}

NodePtr ExpressionParser::postfix(NodePtr node) {
  for (;;) {
    if (take_symbol(".")) {
      if (peek().type == Token::Type::integer) {
        NodePtr index = make(Node::Kind::literal);
        index->value = Value::integer(std::strtoll(next().text.c_str(), nullptr, 10));
        node = make_with(Node::Kind::item, "", std::move(node), std::move(index));
      } else {
        node = make_with(Node::Kind::attribute, need_name(), std::move(node));
      }
    } else if (take_symbol("[")) {
      node = subscript(std::move(node));
    } else if (at_symbol("(")) {
      node = make_with(Node::Kind::call, "", std::move(node));
      arguments(*node);
    } else {
      return node;
    }
  }
}

NodePtr ExpressionParser::subscript(NodePtr node) {
  NodePtr parts[3];
  std::size_t part = 0;
  while (!take_symbol("]")) {
    if (take_symbol(":")) {
      if (++part > 2) fail("a slice has at most three parts");
    } else {
      parts[part] = expression();
      if (!at_symbol(":") && !at_symbol("]")) fail("expected ']'");
    }
  }
  if (part > 0) return make_with(Node::Kind::slice, "", std::move(node), std::move(parts[0]), std::move(parts[1]), std::move(parts[2]));
  if (!parts[0]) fail("an index is missing");
  return make_with(Node::Kind::item, "", std::move(node), std::move(parts[0]));
}

void ExpressionParser::arguments(Node& node) {
  need_symbol("(");
  while (!take_symbol(")")) {
    if (at_symbol("*") || at_symbol("**")) fail("'*' arguments are not supported in a chat template", true);
    if (peek().type == Token::Type::name && peek(1).type == Token::Type::symbol && peek(1).text == "=") {
      const std::string name = next().text;
      ++at_;
      node.named.emplace_back(name, expression());
    } else {
      node.kids.push_back(expression());
    }
    if (!at_symbol(")")) need_symbol(",");
  }
  check_depth(node);
}

NodePtr ExpressionParser::filters(NodePtr node) {
  for (;;) {
    if (take_symbol("|")) {
      node = make_with(Node::Kind::filter, need_name(), std::move(node));
      if (at_symbol("(")) arguments(*node);
    } else if (take_name("is")) {
      const bool negated = take_name("not");
      node = make_with(Node::Kind::test, need_name(), std::move(node));
      if (at_symbol("(")) arguments(*node);
      else if (starts_argument()) node->kids.push_back(postfix(primary()));
      if (negated) node = make_with(Node::Kind::unary, "not", std::move(node));
    } else if (at_symbol("(")) {
      node = make_with(Node::Kind::call, "", std::move(node));
      arguments(*node);
    } else {
      return node;
    }
  }
}

/// `is divisibleby 3`: one argument without brackets.
bool ExpressionParser::starts_argument() const {
  const Token& t = peek();
  if (t.type == Token::Type::string || t.type == Token::Type::integer || t.type == Token::Type::real) return true;
  if (t.type == Token::Type::symbol) return t.text == "[" || t.text == "{";
  if (t.type != Token::Type::name) return false;
  for (const char* word : {"else", "or", "and", "is", "if", "in", "not"})
    if (t.text == word) return false;
  return true;
}

}  // namespace hone::chat
