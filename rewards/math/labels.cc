#include "rewards/math/labels.h"

#include <algorithm>

#include "rewards/math/plus_minus.h"
#include "rewards/math/scalar.h"

namespace hone::math {
namespace {

bool is_minus_one(const Node& node) {
  return node.kind == Kind::negate && is_integer(*node.args[0]) && *node.args[0]->value == 1;
}

/// Made of names only: x, a_n, f(x), f^{-1}(x), AB, |AB|, (p, q), S:T, a word.
bool is_label(const Node& node) {
  switch (node.kind) {
    case Kind::name:
    case Kind::text: return true;
    case Kind::constant: return node.is(Constant::e) || node.is(Constant::i);
    case Kind::power: return node.args[0]->kind == Kind::name && is_minus_one(*node.args[1]);
    case Kind::product:
    case Kind::quotient:
    case Kind::ratio:
    case Kind::tuple:
    case Kind::set_union:
    case Kind::intersection:
    case Kind::call:
      return std::all_of(node.args.begin(), node.args.end(), [](const Node* arg) { return is_label(*arg); });
    default: return false;
  }
}

/// "k \in \mathbb{Z}": says for which values the answer holds.
bool is_domain(const Node& node) {
  if (node.kind != Kind::relation || node.name != "e" || node.args[0]->kind != Kind::name) return false;
  const Node& set = *node.args[1];
  return set.is(Constant::reals) ||
         (set.kind == Kind::name &&
          (set.name.starts_with("bb") || set.name == "Z" || set.name == "N" || set.name == "R" || set.name == "N*" ||
           set.name == "N+" || set.name == "Z+" || set.name == "R+"));
}

void append_items(const Node& node, Tree& tree, std::vector<Labelled>& out) {
  for (const Node* alternative : alternatives(node, tree)) {
    const Labelled item = labelled(*alternative, tree.budget());
    const Node* value = item.values.empty() ? nullptr : item.values[0];
    const bool element =
        alternative->kind == Kind::relation && alternative->name == "e" && alternative->args[1]->kind == Kind::set;
    if (element) value = alternative->args[1];
    if (value != nullptr && (value->kind == Kind::set || value->kind == Kind::list) &&
        (item.label != nullptr || element)) {
      for (const Node* arg : value->args) append_items(*arg, tree, out);
    } else {
      out.push_back(item);
    }
    if (out.size() > kMaxItems) throw BudgetExceeded{"items in a list"};
  }
}

}  // namespace

std::string Labelled::label_text() const { return label == nullptr ? std::string() : to_text(*label); }

bool is_equation(const Node& node) {
  return node.kind == Kind::relation && node.name.find_first_not_of("=~") == std::string::npos;
}

std::string function_argument(const Node& label) {
  if (label.kind != Kind::product || label.args.size() != 2 || !label.args[1]->grouped) return {};
  const Node& argument = *label.args[1];
  return argument.kind == Kind::name ? argument.name : std::string();
}

Labelled labelled(const Node& node, Budget& budget) {
  Labelled result;
  result.node = &node;
  if (!is_equation(node)) {
    result.values = {&node};
    return result;
  }
  std::size_t first = 0;
  if (is_label(*node.args[0])) {
    result.label = node.args[0];
    first = 1;
  } else if (!variables(node).empty()) {
    const std::size_t about = node.name.find('~');  // "expression = ... ~ rounded" without a label
    if (about == std::string::npos || about != node.name.size() - 1 || node.args.size() != 2) return result;
  }
  const std::size_t about = node.name.find('~');
  if (about == std::string::npos || about < first) {
    result.values = {node.args.back()};
    return result;
  }
  const Node& exact = *node.args[about];
  result.values = {&exact};
  if (rounds_to(exact, *node.args.back(), budget)) result.values.push_back(node.args.back());
  return result;
}

std::vector<Labelled> items(const Node& node, Tree& tree) {
  std::vector<Labelled> out;
  if (node.kind == Kind::list || node.kind == Kind::set) {
    for (const Node* arg : node.args)
      if (!is_domain(*arg) || arg == node.args[0]) append_items(*arg, tree, out);
  } else {
    append_items(node, tree, out);
  }
  return out;
}

}  // namespace hone::math
