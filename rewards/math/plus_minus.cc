#include "rewards/math/plus_minus.h"

namespace hone::math {
namespace {

std::size_t count_choices(const Node& node) {
  std::size_t count = 0;
  bool free_minus = false;
  for_each_node(node, [&](const Node& n) {
    if (n.kind != Kind::plus_minus) return;
    count += n.op == 0 ? 1 : 0;
    free_minus = free_minus || n.op == 1;
  });
  return count == 0 && free_minus ? 1 : count;
}

/// Bit k of `signs` is the sign of the k-th \pm, in the order of for_each_node.
const Node* chosen(const Node& node, unsigned signs, unsigned& next, Tree& tree) {
  bool minus = false;
  if (node.kind == Kind::plus_minus) minus = node.op == 0 ? ((signs >> next++) & 1U) != 0 : (signs & 1U) == 0;
  std::vector<const Node*> args;
  for (const Node* arg : node.args) args.push_back(chosen(*arg, signs, next, tree));
  if (node.kind == Kind::plus_minus) return minus ? tree.make(Kind::negate, {args[0]}) : args[0];
  if (args == node.args) return &node;
  Node* copy = tree.copy(node);
  copy->args = std::move(args);
  return copy;
}

}  // namespace

std::vector<const Node*> alternatives(const Node& node, Tree& tree) {
  const std::size_t choices = count_choices(node);
  if (choices == 0) return {&node};
  if (choices > 6) throw BudgetExceeded{"alternatives of +-"};
  std::vector<const Node*> result;
  for (unsigned signs = 0; signs < (1U << choices); ++signs) {
    unsigned next = 0;
    result.push_back(chosen(node, signs, next, tree));
  }
  return result;
}

const Node* renamed(const Node& node, const std::string& from, const std::string& to, Tree& tree) {
  if (node.kind == Kind::name && node.name == from) return tree.name(to);
  if (node.args.empty()) return &node;
  Node* copy = tree.copy(node);
  for (const Node*& arg : copy->args) arg = renamed(*arg, from, to, tree);
  return copy;
}

}  // namespace hone::math
