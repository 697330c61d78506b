#include "rewards/math/equivalence.h"

#include <algorithm>
#include <set>

#include "rewards/math/plus_minus.h"
#include "rewards/math/real_set.h"
#include "rewards/text.h"

namespace hone::math {
namespace {

bool is_scalar(const Node& node) {
  switch (node.kind) {
    case Kind::number:
    case Kind::name:
    case Kind::sum:
    case Kind::product:
    case Kind::quotient:
    case Kind::power:
    case Kind::negate:
    case Kind::call:
    case Kind::ratio: return true;
    case Kind::constant: return !node.is(Constant::reals) && !node.is(Constant::empty);
    default: return false;
  }
}

bool is_pair_of_parentheses(const Node& node) {
  return node.kind == Kind::tuple && node.open == '(' && node.close == ')';
}
bool is_vector(const Node& node) {
  return node.kind == Kind::matrix && (node.rows == 1 || node.rows == static_cast<int>(node.args.size()));
}

/// The same notation, sign by sign.
bool same_tree(const Node& a, const Node& b, Budget& budget) {
  budget.spend(1);
  if (a.kind != b.kind || a.op != b.op || a.name != b.name || a.rows != b.rows || a.open != b.open ||
      a.close != b.close || a.args.size() != b.args.size())
    return false;
  if (a.kind == Kind::number && *a.value != *b.value) return false;
  for (std::size_t i = 0; i < a.args.size(); ++i)
    if (!same_tree(*a.args[i], *b.args[i], budget)) return false;
  return true;
}

bool all_different_labels(const std::vector<Labelled>& items) {
  std::set<std::string> labels;
  for (const Labelled& item : items)
    if (item.label == nullptr || !labels.insert(item.label_text()).second) return false;
  return items.size() > 1;
}

bool has_labels(const std::vector<Labelled>& items) {
  return std::any_of(items.begin(), items.end(), [](const Labelled& item) { return item.label != nullptr; });
}

/// x_1, x_2: the roots of one equation, in any order.
bool are_indexed(const std::vector<Labelled>& items) {
  const auto stem = [](const Labelled& item) {
    return item.label->kind == Kind::name ? item.label->name.substr(0, item.label->name.find('_')) : std::string();
  };
  return std::all_of(items.begin(), items.end(), [&](const Labelled& item) {
    return item.label != nullptr && !stem(item).empty() && stem(item) != item.label->name &&
           stem(item) == stem(items[0]);
  });
}

bool has_word_label(const std::vector<Labelled>& items) {
  return std::any_of(items.begin(), items.end(),
                     [](const Labelled& item) { return item.label != nullptr && item.label->kind == Kind::text; });
}

}  // namespace

Match Equivalence::compare(const Node& gold, const Node& pred) {
  tree_.budget().spend(4);
  if (is_region(gold) || is_region(pred)) {
    const auto g = real_set(gold, tree_);
    const auto p = g ? real_set(pred, tree_) : std::nullopt;
    if (g && p) return equal_sets(*g, *p, policy_, tree_.budget());
  }
  if (gold.is(Constant::empty) || pred.is(Constant::empty))
    return {gold.is(Constant::empty) && pred.is(Constant::empty), "empty set"};
  std::vector<Labelled> g = items(gold, tree_);
  std::vector<Labelled> p = items(pred, tree_);
  const bool sets = gold.kind == Kind::set || pred.kind == Kind::set;
  const auto is_choice = [](const Node& node) {  // "x + 11 or 11 + x" is one answer
    return node.kind == Kind::list && static_cast<Joint>(node.op) == Joint::either;
  };
  if (sets || is_choice(gold)) g = distinct(std::move(g));
  if (sets || is_choice(pred)) p = distinct(std::move(p));
  if (g.size() == 1 && p.size() == 1) return item(g[0], p[0]);
  const auto as_elements = [&](std::vector<Labelled>& single, const std::vector<Labelled>& several, const Node& whole) {
    if (!policy_.tuple_or_list || single.size() != 1 || single[0].values.size() != 1 || whole.kind != Kind::list)
      return false;
    const Node& tuple = *single[0].values[0];
    if (!is_pair_of_parentheses(tuple) || tuple.args.size() != several.size() || tuple.args.size() < 2) return false;
    single.clear();
    for (const Node* arg : tuple.args) single.push_back(labelled(*arg, tree_.budget()));
    return true;
  };
  if (as_elements(g, p, pred) || as_elements(p, g, gold)) return in_order(g, p);
  return lists(g, p);
}

std::vector<Labelled> Equivalence::distinct(std::vector<Labelled> all) {
  std::vector<Labelled> out;
  for (const Labelled& candidate : all) {
    const bool seen = std::any_of(out.begin(), out.end(), [&](const Labelled& x) { return item(x, candidate).equal; });
    if (!seen) out.push_back(candidate);
  }
  return out;
}

Match Equivalence::lists(const std::vector<Labelled>& gold, const std::vector<Labelled>& pred) {
  if (gold.size() != pred.size()) return {false, "number of answers"};
  const bool gold_labels = all_different_labels(gold);
  const bool pred_labels = all_different_labels(pred);
  if (gold_labels && pred_labels) return by_label(gold, pred);
  const auto named = [](const std::vector<Labelled>& labels, const std::vector<Labelled>& bare) {
    return all_different_labels(labels) && !has_labels(bare) && !has_word_label(labels) && !are_indexed(labels);
  };
  const bool ordered = named(gold, pred) || named(pred, gold);
  if (ordered || policy_.list_order == ListOrder::same) return in_order(gold, pred);
  return in_any_order(gold, pred);
}

Match Equivalence::in_order(const std::vector<Labelled>& gold, const std::vector<Labelled>& pred) {
  for (std::size_t i = 0; i < gold.size(); ++i)
    if (!item(gold[i], pred[i])) return {false, "list in order"};
  return {true, "list in order"};
}

Match Equivalence::in_any_order(const std::vector<Labelled>& gold, const std::vector<Labelled>& pred) {
  std::vector<bool> used(pred.size(), false);
  for (const Labelled& wanted : gold) {
    bool found = false;
    for (std::size_t i = 0; i < pred.size() && !found; ++i) {
      if (used[i] || !item(wanted, pred[i])) continue;
      used[i] = found = true;
    }
    if (!found) return {false, "list"};
  }
  return {true, "list"};
}

Match Equivalence::by_label(const std::vector<Labelled>& gold, const std::vector<Labelled>& pred) {
  for (const Labelled& wanted : gold) {
    const auto same = std::find_if(pred.begin(), pred.end(),
                                   [&](const Labelled& p) { return p.label_text() == wanted.label_text(); });
    if (same == pred.end() || !item(wanted, *same)) return {false, "list by label"};
  }
  return {true, "list by label"};
}

Match Equivalence::item(const Labelled& gold, const Labelled& pred) {
  const bool gold_equation = is_equation(*gold.node);
  const bool pred_equation = is_equation(*pred.node);
  if (gold.label != nullptr && pred.label != nullptr) return two_labels(gold, pred);
  if (gold_equation && pred_equation && (gold.values.empty() || pred.values.empty()))
    return equations(*gold.node, *pred.node);
  if (gold.values.empty()) return solved_equation(*gold.node, *pred.node);
  if (pred.values.empty()) return solved_equation(*pred.node, *gold.node);
  Match last;
  for (const Node* g : gold.values) {
    for (const Node* p : pred.values) {
      last = value(*g, *p);
      if (last) return last;
    }
  }
  return last;
}

/// "x = 5" and "x = 5", "f(x) = x + 1" and "f(t) = t + 1", "y = 2x" and "x = y/2".
Match Equivalence::two_labels(const Labelled& gold, const Labelled& pred) {
  const auto function_name = [](const Node& label) {
    return label.kind == Kind::product ? to_text(*label.args[0]) : std::string();
  };
  const std::string gold_argument = function_argument(*gold.label);
  const std::string pred_argument = function_argument(*pred.label);
  const Node* pred_value = pred.values[0];
  bool same = gold.label_text() == pred.label_text();
  const bool words = gold.label->kind == Kind::text || pred.label->kind == Kind::text;
  if (!gold_argument.empty() && !pred_argument.empty() && function_name(*gold.label) == function_name(*pred.label)) {
    if (gold_argument != pred_argument) pred_value = renamed(*pred_value, pred_argument, gold_argument, tree_);
    same = true;
  }
  const bool function_and_y = (!gold_argument.empty() && pred.label->kind == Kind::name) ||
                              (!pred_argument.empty() && gold.label->kind == Kind::name);
  if (gold.label->kind == Kind::tuple && pred.label->kind == Kind::tuple &&
      !same) {  // "(x, y) = (1, 2)" and "(y, x) = (2, 1)"
    const Node& g = *gold.values[0];
    const Node& p = *pred.values[0];
    if (g.kind != Kind::tuple || p.kind != Kind::tuple || g.args.size() != gold.label->args.size() ||
        p.args.size() != pred.label->args.size())
      return {false, "labels"};
    const auto pairs = [&](const Node& label, const Node& values) {
      std::vector<Labelled> out;
      for (std::size_t i = 0; i < values.args.size(); ++i)
        out.push_back({values.args[i], label.args[i], {values.args[i]}});
      return out;
    };
    const std::vector<Labelled> gold_pairs = pairs(*gold.label, g);
    const std::vector<Labelled> pred_pairs = pairs(*pred.label, p);
    return gold_pairs.size() == pred_pairs.size() ? by_label(gold_pairs, pred_pairs) : Match{false, "labels"};
  }
  if (same || words || function_and_y) {
    for (const Node* g : gold.values) {
      if (const Match match = value(*g, *pred_value)) return match;
    }
    if (pred.values.size() > 1)
      if (const Match match = value(*gold.values.back(), *pred.values.back())) return match;
  }
  if (!variables(*gold.values[0]).empty() || !variables(*pred_value).empty()) return equations(*gold.node, *pred.node);
  return {false, same ? "value of the same label" : "labels"};
}

/// lhs - rhs.
const Node* Equivalence::difference(const Node& equation) {
  return tree_.make(Kind::sum, {equation.args[0], tree_.make(Kind::negate, {equation.args[1]})});
}

Match Equivalence::equations(const Node& gold, const Node& pred) {
  if (same_tree(gold, pred, tree_.budget())) return {true, "same notation"};
  if (gold.args.size() != 2 || pred.args.size() != 2) return {false, "equation"};
  for (const Node* side : {gold.args[0], gold.args[1], pred.args[0], pred.args[1]})
    if (!is_scalar(*side)) return {false, "equation"};
  return {proportional(*difference(gold), *difference(pred), false, tree_.budget()), "equation"};
}

/// "y + 1 = 2x" and "2x - 1": the equation solved for the variable that only its left side has.
Match Equivalence::solved_equation(const Node& equation, const Node& value) {
  if (!is_equation(equation) || equation.args.size() != 2 || !is_scalar(value)) return {false, "equation and value"};
  const std::vector<std::string> left = variables(*equation.args[0]);
  if (left.size() != 1) return {false, "equation and value"};
  for (const Node* side : {equation.args[1], &value}) {
    const std::vector<std::string> names = variables(*side);
    if (names.empty() || std::find(names.begin(), names.end(), left[0]) != names.end())
      return {false, "equation and value"};
  }
  const Node* solved = tree_.make(Kind::sum, {tree_.name(left[0]), tree_.make(Kind::negate, {&value})});
  return {proportional(*difference(equation), *solved, false, tree_.budget()), "solved equation"};
}

/// In several variables: the same chain, read from either end, or a multiple of it.
Match Equivalence::inequalities(const Node& gold, const Node& pred) {
  if (gold.name.size() != pred.name.size()) return {false, "inequality"};
  const auto mirrored = [this](const Node& node) {
    Node* out = tree_.copy(node);
    std::reverse(out->args.begin(), out->args.end());
    std::reverse(out->name.begin(), out->name.end());
    for (char& sign : out->name)
      sign = sign == '<' ? '>' : sign == '>' ? '<' : sign == 'l' ? 'g' : sign == 'g' ? 'l' : sign;
    return out;
  };
  for (const Node* form : {&pred, static_cast<const Node*>(mirrored(pred))}) {
    if (form->name != gold.name) continue;
    if (elementwise(gold.args, form->args, "inequality")) return {true, "inequality"};
    const bool single = gold.name.size() == 1 && gold.name != "e";
    const auto scalar_sides = [](const Node& n) { return is_scalar(*n.args[0]) && is_scalar(*n.args[1]); };
    if (single && scalar_sides(gold) && scalar_sides(*form) &&
        proportional(*difference(gold), *difference(*form), gold.name != "n", tree_.budget()))
      return {true, "inequality"};
  }
  return {false, "inequality"};
}

Match Equivalence::ratios(const Node& gold, const Node& pred) {
  if (gold.args.size() != pred.args.size()) return {false, "ratio"};
  for (std::size_t i = 1; i < gold.args.size(); ++i) {
    const Node* left = tree_.make(Kind::product, {gold.args[0], pred.args[i]});
    const Node* right = tree_.make(Kind::product, {gold.args[i], pred.args[0]});
    if (!equal_scalars(*left, *right, policy_, tree_.budget())) return {false, "ratio"};
  }
  return {true, "ratio"};
}

Match Equivalence::elementwise(const std::vector<const Node*>& gold, const std::vector<const Node*>& pred,
                               std::string_view rule) {
  if (gold.size() != pred.size()) return {false, rule};
  for (std::size_t i = 0; i < gold.size(); ++i)
    if (!compare(*gold[i], *pred[i])) return {false, rule};
  return {true, rule};
}

Match Equivalence::value(const Node& gold, const Node& pred) {
  if (gold.kind == Kind::text || pred.kind == Kind::text) {
    const bool words =
        (gold.kind == Kind::text || gold.kind == Kind::name) && (pred.kind == Kind::text || pred.kind == Kind::name);
    return {words && lower(gold.name) == lower(pred.name), "words"};
  }
  const auto elements = [](const Node& node) { return node.kind == Kind::tuple || is_vector(node); };
  if (gold.kind == Kind::tuple && pred.kind == Kind::tuple && gold.args.size() == 2 &&
      (gold.open != pred.open || gold.close != pred.close))
    return {false, "brackets"};
  if (gold.kind == Kind::matrix && pred.kind == Kind::matrix) {
    if (gold.rows != pred.rows) return {false, "matrix"};
    return elementwise(gold.args, pred.args, "matrix");
  }
  if (elements(gold) && elements(pred)) return elementwise(gold.args, pred.args, "tuple");
  if (gold.kind == Kind::ratio && pred.kind == Kind::ratio) return ratios(gold, pred);
  if (gold.kind == Kind::relation && pred.kind == Kind::relation) return inequalities(gold, pred);
  if (gold.is(Constant::infinity) || pred.is(Constant::infinity))
    return {gold.is(Constant::infinity) && pred.is(Constant::infinity), "infinity"};
  if (is_scalar(gold) && is_scalar(pred)) {
    const Match match = equal_scalars(gold, pred, policy_, tree_.budget());
    return match || !same_tree(gold, pred, tree_.budget()) ? match : Match{true, "same notation"};
  }
  const bool nested =
      (gold.kind == Kind::set || gold.kind == Kind::list) && (pred.kind == Kind::set || pred.kind == Kind::list);
  if (nested) return compare(gold, pred);
  return {same_tree(gold, pred, tree_.budget()), "same notation"};
}

}  // namespace hone::math
