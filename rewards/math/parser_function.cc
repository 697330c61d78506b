// Functions: fractions, roots, binomials, logarithms and the elementary ones, with or without parentheses.
#include <algorithm>

#include "rewards/math/parser_state.h"

namespace hone::math {

Node* Parser::function() {
  const Level level(*this);
  const std::string name = tokens_[at_++].text;
  if (name == "frac" || name == "binom") {
    Node* first = tex_argument(true);
    Node* second = tex_argument(true);
    return name == "frac" ? tree_.make(Kind::quotient, {first, second}) : call("binomial", {first, second});
  }
  if (name == "sqrt" || name == "root" || name == "cbrt") {
    Node* index = name == "cbrt" ? tree_.number(3) : nullptr;
    if (name == "sqrt" && take(T::lbracket)) {
      index = sum();
      expect(T::rbracket, "']'");
    }
    Node* radicand = name == "sqrt" ? tex_argument(false) : postfix(primary());
    if (index == nullptr) return call("sqrt", {radicand});
    return call("root", {radicand, index});
  }
  if (name == "overline" || name == "accent") {
    Node* inner = tex_argument(false);
    bool names = true;
    for_each_node(*inner, [&](const Node& n) {
      names = names && (n.kind == Kind::name || n.kind == Kind::product || n.is(Constant::i) || n.is(Constant::e));
    });
    if (!names) fail(name);
    return inner;
  }
  if (name == "log" || name == "lg" || name == "ln") return logarithm(name);
  return elementary(name);
}

Node* Parser::logarithm(const std::string& name) {
  Node* base = nullptr;
  if (name == "lg") base = tree_.number(10);
  if (name == "log" && take(T::underscore)) base = tex_argument(false);
  Node* power = take(T::caret) ? exponent_argument() : nullptr;
  Node* argument = function_argument();
  Node* node = base != nullptr ? call("log", {argument, base}) : call("ln", {argument});
  return power != nullptr ? tree_.make(Kind::power, {node, power}) : node;
}

Node* Parser::elementary(const std::string& name) {
  Node* power = nullptr;
  if (take(T::caret)) {
    power = exponent_argument();
    if (power == nullptr || power->kind == Kind::text) fail("a function's exponent");
  }
  const bool inverse =
      power != nullptr && power->kind == Kind::negate && is_integer(*power->args[0]) && *power->args[0]->value == 1;
  static constexpr std::string_view kInvertible[] = {"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh"};
  const bool invert =
      inverse && std::find(std::begin(kInvertible), std::end(kInvertible), name) != std::end(kInvertible);
  Node* argument = function_argument();
  const std::vector<const Node*> args =
      argument->kind == Kind::tuple ? argument->args : std::vector<const Node*>{argument};
  static constexpr std::string_view kSeveral[] = {"gcd", "lcm", "min", "max", "binomial"};
  const bool several = std::find(std::begin(kSeveral), std::end(kSeveral), name) != std::end(kSeveral);
  if (args.size() > 1 && !several) fail("arguments of " + name);
  if (name == "exp") {
    Node* node = tree_.make(Kind::power, {tree_.constant(Constant::e), argument});
    return power != nullptr ? tree_.make(Kind::power, {node, power}) : node;
  }
  Node* node = call((invert ? "arc" + name : name).c_str(), args);
  return power != nullptr && !invert ? tree_.make(Kind::power, {node, power}) : node;
}

/// "(x + 1)", or the factors that follow without an operator: "2x", "\frac{x}{2}", "30^\circ".
Node* Parser::function_argument() {
  const Level level(*this);
  if (type() == T::lparen || type() == T::bar || type() == T::lset) return postfix(primary());
  if (type() == T::lbrace) return with_exponent(braces());
  if (type() == T::minus) {
    ++at_;
    return tree_.make(Kind::negate, {function_argument()});
  }
  Node* first = factor();
  std::vector<const Node*> factors{first};
  const bool coefficient = factors[0]->kind == Kind::number;
  for (;;) {
    budget().spend(1);
    const bool algebraic = type() == T::function && (token().text == "frac" || token().text == "sqrt") && coefficient &&
                           factors.size() == 1;
    if (type() != T::name && type() != T::constant && !algebraic) break;
    factors.push_back(factor());
  }
  if (type() == T::slash && type(1) == T::number && type(2) != T::caret && factors.size() <= 3 &&
      !(factors.size() == 1 && coefficient)) {  // "\sin x/2"
    ++at_;
    Node* above = factors.size() == 1 ? first : tree_.make(Kind::product, factors);
    return tree_.make(Kind::quotient, {above, factor()});
  }
  if (factors.size() == 1) return first;
  return tree_.make(Kind::product, std::move(factors));
}

}  // namespace hone::math
