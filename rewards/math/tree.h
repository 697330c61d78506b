// A parsed answer: a tree of nodes that live in an arena.
// Thread rule: one owner while it is built; read-only afterwards.
#pragma once

#include <gmpxx.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/math/budget.h"

namespace hone::math {

enum class Kind : uint8_t {
  number,        // `value`; `decimals` >= 0 where it was written as a decimal
  name,          // x, x_1, \theta, f'
  constant,      // one of Constant
  sum,           // args added
  product,       // args multiplied
  quotient,      // args[0] / args[1]
  power,         // args[0] ^ args[1]
  negate,        // -args[0]
  plus_minus,    // +-args[0]; `op` 1 for -+
  call,          // function `name` of args
  ratio,         // a : b : c
  tuple,         // brackets `open` and `close` around args
  set,           // braces around args
  builder,       // { args[0] | args[1] }
  list,          // bare args; `op` is one of Joint
  relation,      // args chained by the signs in `name`, one character each (see kSigns)
  set_union,     // args
  intersection,  // args
  difference,    // args[0] without args[1]
  matrix,        // `rows` rows, args row by row
  text,          // a word or phrase
};

enum class Constant : uint8_t { pi, e, i, infinity, percent, degree, reals, empty };
enum class Joint : uint8_t { comma, both, either };  // "," "and" "or"

/// Signs in Node::name of a relation: = < > ; l is <=, g is >=, n is "not equal", ~ is "about", e is "element of".
inline constexpr std::string_view kSigns = "=<>lgn~e";

struct Node {
  Kind kind = Kind::number;
  uint8_t op = 0;
  bool grouped = false;  // stood in parentheses
  char open = 0;
  char close = 0;
  int decimals = -1;  // digits after the point as written
  int rows = 0;
  int depth = 1;  // of the tree below
  int base = 0;   // of a numeral with a base subscript
  std::string name;
  const mpq_class* value = nullptr;
  std::vector<const Node*> args;

  Constant constant() const { return static_cast<Constant>(op); }
  bool is(Constant c) const { return kind == Kind::constant && constant() == c; }
};

class Tree {
 public:
  explicit Tree(Budget& budget) : budget_(budget) {}
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  Node* make(Kind kind, std::vector<const Node*> args = {});
  Node* copy(const Node& node);
  /// Adds one more argument. Like make(), throws BudgetExceeded for a tree deeper than kMaxDepth.
  void append(Node& node, const Node& arg);
  Node* number(mpq_class value);
  Node* name(std::string name);
  Node* constant(Constant constant);
  Budget& budget() const { return budget_; }

 private:
  static void deepen(Node& node, const Node& arg);

  Budget& budget_;
  std::deque<Node> nodes_;
  std::deque<mpq_class> values_;
};

/// Short text of a tree for people and for labels: "x^2 + 1", "(0, 1]". Cut at about 300 bytes.
std::string to_text(const Node& node);

/// Calls visit(node) for the node and all below it.
template <class Visit>
void for_each_node(const Node& node, Visit&& visit) {
  visit(node);
  for (const Node* arg : node.args) for_each_node(*arg, visit);
}

/// Names of variables in the tree, sorted, each once.
std::vector<std::string> variables(const Node& node);
bool contains(const Node& node, Constant constant);
bool is_integer(const Node& node);

}  // namespace hone::math
