#include "rewards/math/parser.h"

#include <algorithm>

#include "rewards/math/parser_state.h"
#include "rewards/math/spelling.h"
#include "rewards/text.h"

namespace hone::math {
namespace {

bool is_set_like(const Node& node) {
  switch (node.kind) {
    case Kind::set:
    case Kind::builder:
    case Kind::tuple:
    case Kind::set_union:
    case Kind::intersection:
    case Kind::difference: return true;
    case Kind::constant: return node.is(Constant::reals) || node.is(Constant::empty);
    default: return false;
  }
}

}  // namespace

Parser::Level::Level(Parser& parser) : parser(parser) {
  if (++parser.depth_ > kMaxParserDepth) throw BudgetExceeded{"nesting"};
  parser.budget().spend(1);
}

bool Parser::take(T wanted) {
  if (type() != wanted) return false;
  ++at_;
  return true;
}

void Parser::expect(T wanted, const char* name) {
  if (!take(wanted)) fail(std::string("expected ") + name);
}

void Parser::fail(const std::string& what) const { throw ParseError{what + " at token " + std::to_string(at_)}; }

bool Parser::separator_at(std::size_t at) const {
  const T t = tokens_[std::min(at, tokens_.size() - 1)].type;
  return t == T::comma || t == T::semicolon || t == T::both || t == T::either;
}

const Node* Parser::answer() {
  while (type() == T::text && is_leading_word(token().text) && type(1) != T::end) ++at_;
  while (type() == T::sign && (token().text == "=" || token().text == "~")) ++at_;
  while (type() == T::comma) ++at_;
  Node* node = list();
  if (type() != T::end) fail("unexpected token");
  return node;
}

/// Items up to a token that none of them can use.
Node* Parser::list() {
  const Level level(*this);
  Node* first = item();
  std::vector<const Node*> items{first};
  Joint joint = Joint::comma;
  while (separator_at(at_)) {
    while (separator_at(at_)) {
      if (type() == T::both && joint != Joint::either) joint = Joint::both;
      if (type() == T::either) joint = Joint::either;
      ++at_;
    }
    if (type() == T::clause) at_ = tokens_.size() - 1;
    if (type() == T::end || type() == T::rparen || type() == T::rbrace || type() == T::rset) break;
    budget().spend(1);
    items.push_back(item());
    if (items.size() > 4 * kMaxItems) throw BudgetExceeded{"items in a list"};
  }
  if (items.size() == 1) return first;
  Node* node = tree_.make(Kind::list, std::move(items));
  node->op = static_cast<uint8_t>(joint);
  return node;
}

/// An item that is only words; null (and nothing taken) otherwise.
Node* Parser::text_item() {
  std::size_t end = at_;
  while (tokens_[end].type == T::text) ++end;
  if (end == at_ || !(separator_at(end) || tokens_[end].type == T::end || tokens_[end].type == T::rset ||
                      tokens_[end].type == T::rbrace || tokens_[end].type == T::rparen))
    return nullptr;
  Node* node = tree_.make(Kind::text);
  for (; at_ < end; ++at_) node->name.append(node->name.empty() ? "" : " ").append(lower(tokens_[at_].text));
  if (node->name == "all real numbers" || node->name == "all reals" || node->name == "real numbers")
    return tree_.constant(Constant::reals);
  return node;
}

Node* Parser::item() {
  if (Node* words = text_item()) return words;
  std::vector<const Node*> operands;
  std::string signs;
  if (type() == T::text && (type(1) == T::colon || type(1) == T::sign)) {  // "Minimum: 1"
    Node* label = tree_.make(Kind::text);
    label->name = lower(token().text);
    operands.push_back(label);
    signs += type(1) == T::colon ? "=" : token(1).text;
    at_ += 2;
  }
  while (type() == T::text && is_leading_word(token().text)) ++at_;
  Node* expression = set_expression();
  operands.push_back(expression);
  units_and_clause();
  while (type() == T::sign) {
    signs += token().text;
    ++at_;
    if (signs.size() > 32) throw BudgetExceeded{"signs in a relation"};
    operands.push_back(text_item());
    if (operands.back() == nullptr) operands.back() = set_expression();
    units_and_clause();
  }
  if (signs.empty()) return expression;
  Node* node = tree_.make(Kind::relation, std::move(operands));
  node->name = std::move(signs);
  return node;
}

/// Words behind an expression are its unit ("square inches", "cm^2", "km/h"); a clause says for which values it holds.
void Parser::units_and_clause() {
  while (type() == T::text) {
    units_.push_back(token().text);
    ++at_;
    if (type() == T::caret) {
      ++at_;
      if (type() == T::lbrace && type(1) == T::number && type(2) == T::rbrace)
        at_ += 3;
      else if (type() == T::number)
        ++at_;
      else
        fail("unexpected exponent of a unit");
    }
    if (type() == T::slash &&
        (type(1) == T::text || (type(1) == T::name && (type(2) == T::end || separator_at(at_ + 2)))))
      at_ += 2;
  }
  if (type() == T::clause) at_ = tokens_.size() - 1;
}

Node* Parser::set_expression() {
  const Level level(*this);
  Node* left = ratio();
  while (type() == T::cup || type() == T::cap || type() == T::setminus) {
    const Kind kind = type() == T::cup ? Kind::set_union : type() == T::cap ? Kind::intersection : Kind::difference;
    ++at_;
    const Node* right = ratio();
    if (left->kind == kind && kind != Kind::difference)
      tree_.append(*left, *right);
    else
      left = tree_.make(kind, {left, right});
    if (left->args.size() > kMaxItems) throw BudgetExceeded{"sets in a union"};
  }
  return left;
}

Node* Parser::ratio() {
  Node* first = sum();
  if (type() != T::colon || builder_) return first;
  std::vector<const Node*> parts{first};
  while (take(T::colon)) parts.push_back(sum());
  return tree_.make(Kind::ratio, std::move(parts));
}

Node* Parser::sum() {
  const Level level(*this);
  std::vector<const Node*> terms;
  Node* last = nullptr;
  for (bool first = true;; first = false) {
    const T sign = type();
    const bool signed_term = sign == T::plus || sign == T::minus || sign == T::pm || sign == T::mp;
    if (!signed_term && !first) break;
    if (signed_term) ++at_;
    const bool second_sign = signed_term && (type() == T::minus || type() == T::plus);  // "+ -3"
    const bool minus_again = second_sign && type() == T::minus;
    if (second_sign) ++at_;
    Node* term = product();
    if (minus_again) term = tree_.make(Kind::negate, {term});
    if (sign == T::minus && !terms.empty() && is_set_like(*terms.back()) && is_set_like(*term) &&
        (term->kind == Kind::set || terms.back()->kind != Kind::tuple)) {
      last = tree_.make(Kind::difference, {terms.back(), term});
      terms.back() = last;
      continue;
    }
    if (sign == T::minus) term = tree_.make(Kind::negate, {term});
    if (sign == T::pm || sign == T::mp) {
      term = tree_.make(Kind::plus_minus, {term});
      term->op = sign == T::mp ? 1 : 0;
    }
    terms.push_back(term);
    last = term;
    budget().spend(1);
  }
  return terms.size() == 1 ? last : tree_.make(Kind::sum, std::move(terms));
}

bool Parser::factor_begins() const {
  switch (type()) {
    case T::name:
    case T::function:
    case T::constant:
    case T::lparen:
    case T::lset:
    case T::lbrace:
    case T::lfloor:
    case T::lceil:
    case T::begin: return true;
    case T::bar: return bars_ == 0 && !builder_;
    case T::lbracket: {  // not the closing one of "[0, 1["
      const T next = type(1);
      return next != T::end && next != T::comma && next != T::cup && next != T::cap && next != T::setminus &&
             next != T::rparen;
    }
    default: return false;
  }
}

Node* Parser::times(Node* left, Node* right) {
  if (right->kind == Kind::relation && right->grouped) return left;  // a condition: "2k\pi (k \in \mathbb{Z})"
  if (left->kind != Kind::product || left->grouped) return tree_.make(Kind::product, {left, right});
  tree_.append(*left, *right);
  return left;
}

Node* Parser::product() {
  const Level level(*this);
  Node* left = factor();
  for (;;) {
    budget().spend(1);
    if (type() == T::times || type() == T::slash) {
      const bool divide = type() == T::slash;
      ++at_;
      int minus = 0;
      while (type() == T::minus || type() == T::plus) {
        minus ^= type() == T::minus;
        ++at_;
      }
      Node* right = factor();
      if (minus != 0) right = tree_.make(Kind::negate, {right});
      if (divide)
        left = tree_.make(Kind::quotient, {left, right});
      else
        left = times(left, right);
    } else if (type() == T::scale) {
      mpz_class power;
      mpz_ui_pow_ui(power.get_mpz_t(), 10, static_cast<unsigned long>(std::stoi(token().text)));
      ++at_;
      left = tree_.make(Kind::product, {left, tree_.number(mpq_class(power))});
    } else if (factor_begins()) {
      left = times(left, factor());
    } else {
      return left;
    }
  }
}

Node* Parser::factor() { return with_exponent(postfix(primary())); }

Node* Parser::with_exponent(Node* base) {
  if (type() != T::caret) return base;
  const Level level(*this);
  ++at_;
  Node* exponent = exponent_argument();
  if (exponent == nullptr)
    return with_exponent(postfix(tree_.make(Kind::product, {base, tree_.constant(Constant::degree)})));
  if (exponent->kind == Kind::text) {  // primes, and the marks of number sets
    if (base->is(Constant::reals)) base = tree_.name("R");
    if (base->kind != Kind::name) fail("prime of something that is not a name");
    base->name += exponent->name;
    return with_exponent(postfix(base));
  }
  return postfix(tree_.make(Kind::power, {base, exponent}));
}

Parsed parse_answer(std::string_view text, const LexerOptions& options, Tree& tree) {
  Parsed parsed;
  std::vector<Token> tokens = tokenize(text, options, tree.budget());
  if (tokens.size() == 1) {
    parsed.reason = "empty";
    return parsed;
  }
  Parser parser(std::move(tokens), tree);
  try {
    parsed.root = parser.answer();
    parsed.units = std::move(parser.units());
  } catch (const ParseError& error) {
    parsed.reason = error.what;
  }
  return parsed;
}

}  // namespace hone::math
