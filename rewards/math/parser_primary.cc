// What stands between operators: numbers, names, brackets, functions, matrices.
#include <algorithm>
#include <optional>

#include "rewards/math/parser_state.h"
#include "rewards/math/spelling.h"
#include "rewards/number_text.h"
#include "rewards/text.h"

namespace hone::math {
namespace {

bool is_plain_integer(const Node& node) {
  return node.kind == Kind::number && node.decimals < 0 && node.value->get_den() == 1;
}

/// p/q with 0 < p < q: the fraction of a mixed number.
bool is_proper_fraction(const Node& node) {
  return node.kind == Kind::quotient && !node.grouped && is_plain_integer(*node.args[0]) &&
         is_plain_integer(*node.args[1]) && *node.args[0]->value > 0 && *node.args[0]->value < *node.args[1]->value;
}

}  // namespace

Node* Parser::call(const char* name, std::vector<const Node*> args) {
  Node* node = tree_.make(Kind::call, std::move(args));
  node->name = name;
  return node;
}

Node* Parser::primary() {
  const Level level(*this);
  switch (type()) {
    case T::number: return number();
    case T::name: return name();
    case T::constant: return tree_.constant(static_cast<Constant>(tokens_[at_++].text[0]));
    case T::function: return function();
    case T::lparen:
    case T::lbracket:
    case T::rbracket:
    case T::langle: return bracket();
    case T::lbrace: return braces();
    case T::lset: return set();
    case T::bar: return absolute();
    case T::lfloor: return wrapped(T::rfloor, "floor");
    case T::lceil: return wrapped(T::rceil, "ceil");
    case T::begin: return matrix();
    case T::ellipsis: fail("an ellipsis has no value");
    default: fail("expected an expression");
  }
}

Node* Parser::postfix(Node* node) {
  for (;;) {
    budget().spend(1);
    if (take(T::bang)) {
      node = call("factorial", {node});
    } else if (take(T::percent)) {
      node = tree_.make(Kind::product, {node, tree_.constant(Constant::percent)});
    } else if (take(T::degree)) {
      node = tree_.make(Kind::product, {node, tree_.constant(Constant::degree)});
    } else if (type() == T::underscore && node->grouped && is_plain_integer(*node)) {
      node = in_base(node->value->get_str());
    } else {
      return node;
    }
  }
}

Node* Parser::number() {
  const Token& literal = tokens_[at_++];
  const std::optional<mpq_class> value = decimal_value(literal.text);
  if (!value) throw BudgetExceeded{"digits of a number"};
  mpq_class exact = *value;
  const std::size_t point = literal.text.find('.');
  const bool scientific = literal.text.find_first_of("eE") != std::string::npos;
  if (!literal.repeating.empty()) {
    mpz_class nines;
    mpz_ui_pow_ui(nines.get_mpz_t(), 10, literal.repeating.size());
    mpz_class shift;
    mpz_ui_pow_ui(shift.get_mpz_t(), 10, literal.text.size() - point - 1);
    mpq_class tail(mpz_class(literal.repeating, 10), (nines - 1) * shift);
    tail.canonicalize();
    exact += tail;
  }
  Node* node = tree_.number(exact);
  if (literal.repeating.empty() && point != std::string::npos && !scientific)
    node->decimals = static_cast<int>(literal.text.size() - point - 1);
  if (type() == T::underscore && point == std::string::npos) return in_base(literal.text);
  return is_plain_integer(*node) ? mixed(node) : node;
}

/// The numeral in the base that its subscript names: "1011_2", "(1011)_{two}".
Node* Parser::in_base(const std::string& digits) {
  expect(T::underscore, "a base");
  const std::string text = subscript();
  const bool numeral = !text.empty() && text.size() <= 2 && std::all_of(text.begin(), text.end(), is_digit);
  const int base = numeral ? std::stoi(text) : number_word(text);
  mpz_class value;
  if (base < 2 || base > 36 || value.set_str(digits, base) != 0) fail("a numeral that is not of its base");
  Node* node = tree_.number(mpq_class(value));
  node->base = base;
  return node;
}

/// "1 1/2", "1\frac{1}{2}", "1½".
Node* Parser::mixed(Node* whole) {
  const std::size_t begin = at_;
  Node* fraction = nullptr;
  const bool braces_fraction = type() == T::lbrace && type(1) == T::number && type(2) == T::slash &&
                               type(3) == T::number && type(4) == T::rbrace;
  if (type() == T::function && token().text == "frac") {
    fraction = function();
  } else if (braces_fraction) {
    fraction = braces();
  } else if (type() == T::number && token().space && type(1) == T::slash && type(2) == T::number &&
             type(3) != T::caret) {
    Node* above = tree_.number(decimal_value(token().text).value_or(mpq_class(0)));
    Node* below = tree_.number(decimal_value(token(2).text).value_or(mpq_class(0)));
    at_ += 3;
    fraction = tree_.make(Kind::quotient, {above, below});
  }
  if (fraction == nullptr || !is_proper_fraction(*fraction)) {
    at_ = begin;
    return whole;
  }
  Node* node = tree_.make(Kind::sum, {whole, fraction});
  node->grouped = true;
  return node;
}

Node* Parser::name() {
  const std::string text = tokens_[at_++].text;
  std::string suffix;
  for (;;) {
    if (take(T::prime))
      suffix += '\'';
    else if (take(T::underscore))
      suffix.append(1, '_').append(subscript());
    else
      break;
  }
  if (suffix.empty() && text == "e") return tree_.constant(Constant::e);
  if (suffix.empty() && text == "i") return tree_.constant(Constant::i);
  return tree_.name(text + suffix);
}

/// The text of a subscript: one token or a group.
std::string Parser::subscript() {
  const auto spelled = [](const Token& t) -> std::string {
    if (!t.text.empty()) return lower(t.text) == t.text || t.type != T::text ? t.text : lower(t.text);
    return t.type == T::plus    ? "+"
           : t.type == T::minus ? "-"
           : t.type == T::comma ? ","
           : t.type == T::times ? "*"
                                : "";
  };
  if (!take(T::lbrace)) {
    if (type() == T::end) fail("a subscript is missing");
    return spelled(tokens_[at_++]);
  }
  std::string text;
  int depth = 1;
  while (depth > 0) {
    budget().spend(1);
    if (type() == T::end) fail("a subscript does not close");
    if (type() == T::lbrace)
      ++depth;
    else if (type() == T::rbrace)
      --depth;
    else
      text += spelled(token());
    ++at_;
  }
  return text;
}

/// What follows "^". Null for a degree sign; a text node for primes.
Node* Parser::exponent_argument() {
  if (take(T::degree)) return nullptr;
  if (type() == T::lbrace && type(1) == T::degree && type(2) == T::rbrace) {
    at_ += 3;
    return nullptr;
  }
  const bool braced = type() == T::lbrace && type(1) == T::prime;
  if (braced || type() == T::prime) {
    at_ += braced ? 1 : 0;
    Node* primes = tree_.make(Kind::text);
    while (take(T::prime)) primes->name += '\'';
    if (braced) expect(T::rbrace, "'}'");
    return primes;
  }
  const std::size_t mark = type() == T::lbrace ? 1 : 0;  // "\mathbb{N}^*", "R^{+}"
  const T after = type(mark + 1);
  if (type(mark) == T::times ||
      (type(mark) == T::plus &&
       (mark == 1 ? after == T::rbrace : after == T::end || after == T::comma || after == T::rparen))) {
    Node* decoration = tree_.make(Kind::text);
    decoration->name.push_back(type(mark) == T::times ? '*' : '+');
    at_ += mark + 1;
    if (mark == 1) expect(T::rbrace, "'}'");
    return decoration;
  }
  int minus = 0;
  while (type() == T::minus || type() == T::plus) {
    minus ^= type() == T::minus;
    ++at_;
  }
  Node* exponent = type() == T::lbrace ? braces() : postfix(primary());
  exponent = with_exponent(exponent);
  return minus != 0 ? tree_.make(Kind::negate, {exponent}) : exponent;
}

Node* Parser::bracket() {
  const T opening = type();
  const char open = opening == T::lparen ? '(' : opening == T::lbracket ? '[' : opening == T::rbracket ? ']' : '<';
  ++at_;
  const bool builder = std::exchange(builder_, false);
  const int bars = std::exchange(bars_, 0);
  Node* inner = list();
  builder_ = builder;
  bars_ = bars;
  char close = 0;
  if (type() == T::rparen)
    close = ')';
  else if (type() == T::rbracket)
    close = ']';
  else if (type() == T::rangle)
    close = '>';
  else if (type() == T::lbracket && inner->kind == Kind::list)
    close = '[';
  if (close == 0 || (open == '<') != (close == '>')) fail("a bracket does not close");
  ++at_;
  return finish_bracket(inner, open, close);
}

Node* Parser::finish_bracket(Node* inner, char open, char close) {
  if (open == ']') open = '(';  // ]a, b[
  if (close == '[') close = ')';
  if (inner->kind == Kind::list && !inner->grouped) {
    Node* node = tree_.make(Kind::tuple, inner->args);
    node->open = open == '<' ? '(' : open;
    node->close = close == '>' ? ')' : close;
    return node;
  }
  const bool matching = (open == '(' && close == ')') || (open == '[' && close == ']') || open == '<';
  if (!matching) fail("brackets do not match");
  inner->grouped = true;
  return inner;
}

Node* Parser::braces() {
  if (type(1) == T::name && (type(2) == T::bar || type(2) == T::mid || (type(2) == T::colon && type(4) == T::sign)))
    return set();
  ++at_;
  const bool builder = std::exchange(builder_, false);
  const int bars = std::exchange(bars_, 0);
  Node* inner = list();
  builder_ = builder;
  bars_ = bars;
  if (!take(T::rbrace) && !take(T::rset)) fail("a brace does not close");
  if (inner->kind != Kind::list || inner->grouped) return inner;
  return tree_.make(Kind::set, inner->args);
}

Node* Parser::set() {
  ++at_;
  if (take(T::rset)) return tree_.constant(Constant::empty);
  const int bars = std::exchange(bars_, 0);
  const bool outer = std::exchange(builder_, true);
  Node* inner = list();
  builder_ = false;
  Node* condition = nullptr;
  if (type() == T::bar || type() == T::mid || type() == T::colon) {
    ++at_;
    condition = list();
  }
  builder_ = outer;
  bars_ = bars;
  const bool system = inner->kind == Kind::matrix ||
                      (inner->kind == Kind::list && inner->grouped);  // "\left\{ \begin{array}... \right."
  if (!take(T::rset) && !take(T::rbrace)) {
    if (system && condition == nullptr && type() == T::end) return inner;
    fail("a set does not close");
  }
  if (condition != nullptr) return tree_.make(Kind::builder, {inner, condition});
  if (inner->kind == Kind::list && !inner->grouped) return tree_.make(Kind::set, inner->args);
  return tree_.make(Kind::set, {inner});
}

Node* Parser::absolute() {
  ++at_;
  ++bars_;
  const bool builder = std::exchange(builder_, false);
  Node* inner = sum();
  builder_ = builder;
  --bars_;
  expect(T::bar, "'|'");
  return call("abs", {inner});
}

Node* Parser::wrapped(T close, const char* function) {
  ++at_;
  Node* inner = sum();
  if (!take(close)) fail("a bracket does not close");
  return call(function, {inner});
}

Node* Parser::matrix() {
  const std::string environment = tokens_[at_++].text;
  if (environment.find("matrix") == std::string::npos && environment != "array" && environment != "cases")
    fail("environment " + environment);
  std::vector<const Node*> cells;
  int rows = 0;
  std::size_t columns = 0;
  for (bool open = true; open;) {
    while (take(T::newrow)) {
    }
    if (type() == T::end_env) break;
    std::size_t count = 0;
    do {
      cells.push_back(item());
      ++count;
      if (cells.size() > 4 * kMaxItems) throw BudgetExceeded{"cells of a matrix"};
    } while (take(T::amp));
    if (rows > 0 && count != columns) fail("rows of different lengths");
    columns = count;
    ++rows;
    open = take(T::newrow);
  }
  expect(T::end_env, "\\end");
  if (rows == 0) fail("an empty matrix");
  const bool equations = columns == 1 && std::all_of(cells.begin(), cells.end(),
                                                     [](const Node* cell) { return cell->kind == Kind::relation; });
  if (equations) {  // a system, or its solution
    Node* system = tree_.make(Kind::list, std::move(cells));
    system->op = static_cast<uint8_t>(Joint::both);
    system->grouped = true;
    return system;
  }
  if (environment == "cases") fail("a case distinction");
  Node* node = tree_.make(Kind::matrix, std::move(cells));
  node->rows = rows;
  return environment == "vmatrix" ? call("det", {node}) : node;
}

/// Argument of a LaTeX command: a group or one token. With `single_digit` "\frac12" is one half.
Node* Parser::tex_argument(bool single_digit) {
  const Level level(*this);
  if (type() == T::lbrace) return braces();
  Token& literal = tokens_[at_];
  if (single_digit && literal.type == T::number && literal.text.size() > 1 &&
      literal.text.find_first_not_of("0123456789") == std::string::npos) {
    Node* digit = tree_.number(mpq_class(literal.text[0] - '0'));
    literal.text.erase(0, 1);
    return digit;
  }
  if (literal.type == T::number) {
    const std::optional<mpq_class> value = decimal_value(literal.text);
    if (!value) throw BudgetExceeded{"digits of a number"};
    ++at_;
    return tree_.number(*value);
  }
  if (type() == T::minus) fail("an argument is missing");
  return primary();
}

}  // namespace hone::math
