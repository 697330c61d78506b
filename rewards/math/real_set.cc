#include "rewards/math/real_set.h"

#include <algorithm>
#include <utility>

#include "rewards/math/numeric.h"

namespace hone::math {
namespace {

using Set = std::optional<RealSet>;
using Break = RealSet::Break;

enum class Combine : uint8_t { either, both, without };

/// Places this close are one: ends are known to 256 bits.
bool same_place(const mpq_class& a, const mpq_class& b) {
  static const mpq_class kClose(mpz_class(1), mpz_class(1) << 200);
  const mpq_class distance = abs(a - b);
  return distance == 0 || distance <= kClose * std::max(mpq_class(1), mpq_class(abs(a)));
}

RealSet everything() { return {{}, {true}, ""}; }

/// Membership of `set` on the cells that `breaks` (a superset of its own) make.
std::vector<bool> refined(const RealSet& set, const std::vector<Break>& breaks) {
  std::vector<bool> member{set.member[0]};
  std::size_t own = 0;
  for (const Break& b : breaks) {
    const bool mine = own < set.breaks.size() && same_place(set.breaks[own].place, b.place);
    if (mine) ++own;
    member.push_back(set.member[mine ? 2 * own - 1 : 2 * own]);
    member.push_back(set.member[2 * own]);
  }
  return member;
}

RealSet simplified(RealSet set) {
  RealSet out;
  out.variable = std::move(set.variable);
  out.member = {set.member[0]};
  for (std::size_t i = 0; i < set.breaks.size(); ++i) {
    const bool at = set.member[2 * i + 1];
    const bool after = set.member[2 * i + 2];
    if (at == out.member.back() && after == out.member.back()) continue;
    out.breaks.push_back(set.breaks[i]);
    out.member.push_back(at);
    out.member.push_back(after);
  }
  return out;
}

RealSet combine(const RealSet& a, const RealSet& b, Combine how) {
  RealSet out;
  out.variable = a.variable.empty() ? b.variable : a.variable;
  std::merge(a.breaks.begin(), a.breaks.end(), b.breaks.begin(), b.breaks.end(), std::back_inserter(out.breaks),
             [](const Break& x, const Break& y) { return x.place < y.place; });
  out.breaks.erase(std::unique(out.breaks.begin(), out.breaks.end(),
                               [](const Break& x, const Break& y) { return same_place(x.place, y.place); }),
                   out.breaks.end());
  const std::vector<bool> left = refined(a, out.breaks);
  const std::vector<bool> right = refined(b, out.breaks);
  out.member.assign(left.size(), false);
  for (std::size_t i = 0; i < left.size(); ++i)
    out.member[i] = how == Combine::either ? left[i] || right[i]
                    : how == Combine::both ? left[i] && right[i]
                                           : left[i] && !right[i];
  return simplified(std::move(out));
}

std::optional<mpq_class> place_of(const Node& node, Budget& budget) {
  const std::optional<mpq_class> exact = exact_value(node, {}, budget);
  return exact ? exact : real_value(node, {}, budget);
}

/// +1 or -1 for an infinity with its sign, 0 otherwise.
int infinity_sign(const Node& node) {
  if (node.is(Constant::infinity)) return 1;
  return node.kind == Kind::negate && node.args[0]->is(Constant::infinity) ? -1 : 0;
}

/// The half line from `end`; nullopt for an end that is not a real constant.
Set half_line(const Node& end, bool upwards, bool closed, Budget& budget) {
  if (const int sign = infinity_sign(end); sign != 0) return (sign < 0) == upwards ? Set(everything()) : Set(RealSet{});
  const std::optional<mpq_class> place = place_of(end, budget);
  if (!place) return std::nullopt;
  return RealSet{{{&end, *place}}, {!upwards, closed, upwards}, ""};
}

Set point(const Node& node, Budget& budget) {
  const std::optional<mpq_class> place = place_of(node, budget);
  if (!place) return std::nullopt;
  return RealSet{{{&node, *place}}, {false, true, false}, ""};
}

Set interval(const Node& node, Budget& budget) {
  if (node.args.size() != 2) return std::nullopt;
  const Set above = half_line(*node.args[0], true, node.open == '[', budget);
  const Set below = half_line(*node.args[1], false, node.close == ']', budget);
  if (!above || !below) return std::nullopt;
  if (infinity_sign(*node.args[0]) > 0 || infinity_sign(*node.args[1]) < 0) return std::nullopt;
  const RealSet result = combine(*above, *below, Combine::both);
  const bool empty = result.breaks.empty() && !result.member[0];
  return empty ? std::nullopt : Set(result);  // (5, 1) is a pair, not an interval
}

struct Linear {
  mpq_class slope, offset;
};

std::optional<Linear> linear(const Node& node, Budget& budget) {
  budget.spend(1);
  if (node.kind == Kind::name) return Linear{1, 0};
  if (variables(node).empty()) {
    const std::optional<mpq_class> value = exact_value(node, {}, budget);
    return value ? std::optional(Linear{0, *value}) : std::nullopt;
  }
  std::optional<Linear> total;
  for (const Node* arg : node.args) {
    std::optional<Linear> x = linear(*arg, budget);
    if (!x) return std::nullopt;
    if (!total) {
      total = x;
    } else if (node.kind == Kind::sum) {
      total->slope += x->slope;
      total->offset += x->offset;
    } else if (node.kind == Kind::product && (total->slope == 0 || x->slope == 0)) {
      total = Linear{total->slope * x->offset + total->offset * x->slope, total->offset * x->offset};
    } else if (node.kind == Kind::quotient && x->slope == 0 && x->offset != 0) {
      total = Linear{total->slope / x->offset, total->offset / x->offset};
    } else {
      return std::nullopt;
    }
  }
  if (node.kind == Kind::negate && total) return Linear{-total->slope, -total->offset};
  const bool known = node.kind == Kind::sum || node.kind == Kind::product || node.kind == Kind::quotient;
  return known ? total : std::nullopt;
}

char mirrored(char sign) {
  switch (sign) {
    case '<': return '>';
    case '>': return '<';
    case 'l': return 'g';
    case 'g': return 'l';
    default: return sign;
  }
}

Set where(char sign, const Node& end, Budget& budget) {
  switch (sign) {
    case '<': return half_line(end, false, false, budget);
    case 'l': return half_line(end, false, true, budget);
    case '>': return half_line(end, true, false, budget);
    case 'g': return half_line(end, true, true, budget);
    case '=': return point(end, budget);
    case 'n': {
      const Set hole = point(end, budget);
      return hole ? Set(combine(everything(), *hole, Combine::without)) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

/// `left` sign `right`, one of them constant and the other linear in one variable.
Set inequality(const Node& left, char sign, const Node& right, Tree& tree) {
  const bool left_constant = variables(left).empty();
  if (left_constant == variables(right).empty()) return std::nullopt;
  const Node& side = left_constant ? right : left;
  const Node& end = left_constant ? left : right;
  const std::vector<std::string> names = variables(side);
  if (names.size() != 1) return std::nullopt;
  if (left_constant) sign = mirrored(sign);
  Set set;
  if (side.kind == Kind::name) {
    set = where(sign, end, tree.budget());
  } else if (side.kind == Kind::negate && side.args[0]->kind == Kind::name) {
    set = where(mirrored(sign), *tree.make(Kind::negate, {&end}), tree.budget());
  } else {
    const std::optional<Linear> form = linear(side, tree.budget());
    const std::optional<mpq_class> value = exact_value(end, {}, tree.budget());
    if (!form || form->slope == 0 || !value) return std::nullopt;
    set = where(form->slope < 0 ? mirrored(sign) : sign, *tree.number((*value - form->offset) / form->slope),
                tree.budget());
  }
  if (set) set->variable = names[0];
  return set;
}

Set relation(const Node& node, Tree& tree) {
  if (node.name == "e") {
    Set set = real_set(*node.args[1], tree);
    if (set && node.args[0]->kind == Kind::name) set->variable = node.args[0]->name;
    return node.args[0]->kind == Kind::name ? set : std::nullopt;
  }
  Set total;
  for (std::size_t i = 0; i < node.name.size(); ++i) {
    const Set part = inequality(*node.args[i], node.name[i], *node.args[i + 1], tree);
    if (!part || (total && total->variable != part->variable)) return std::nullopt;
    total = total ? combine(*total, *part, Combine::both) : *part;
  }
  return total;
}

/// "x < 1 or x > 3", "x > 1 and x < 3"; with commas, "and" where that leaves anything.
Set joined(const Node& node, Tree& tree) {
  Set any, all;
  for (const Node* arg : node.args) {
    if (!is_region(*arg) && !(arg->kind == Kind::relation && arg->name == "=")) return std::nullopt;
    const Set part = real_set(*arg, tree);
    if (!part || (any && any->variable != part->variable)) return std::nullopt;
    any = any ? combine(*any, *part, Combine::either) : *part;
    all = all ? combine(*all, *part, Combine::both) : *part;
  }
  if (!any) return std::nullopt;
  const Joint joint = static_cast<Joint>(node.op);
  const bool nothing = all->breaks.empty() && !all->member[0];
  return joint == Joint::either || nothing ? any : all;
}

}  // namespace

Set real_set(const Node& node, Tree& tree) {
  tree.budget().spend(4);
  switch (node.kind) {
    case Kind::tuple: return interval(node, tree.budget());
    case Kind::constant:
      if (node.is(Constant::reals)) return everything();
      return node.is(Constant::empty) ? Set(RealSet{}) : std::nullopt;
    case Kind::set: {
      RealSet total;
      for (const Node* arg : node.args) {
        const Set part = point(*arg, tree.budget());
        if (!part) return std::nullopt;
        total = combine(total, *part, Combine::either);
      }
      return total;
    }
    case Kind::set_union:
    case Kind::intersection:
    case Kind::difference: {
      Set total;
      for (const Node* arg : node.args) {
        const Set part = real_set(*arg, tree);
        if (!part) return std::nullopt;
        const Combine how = node.kind == Kind::set_union      ? Combine::either
                            : node.kind == Kind::intersection ? Combine::both
                                                              : Combine::without;
        total = total ? combine(*total, *part, how) : *part;
      }
      return total;
    }
    case Kind::builder: {
      Set set = node.args[1]->kind == Kind::relation || node.args[1]->kind == Kind::list ? real_set(*node.args[1], tree)
                                                                                         : std::nullopt;
      const Node& subject =
          node.args[0]->kind == Kind::relation && node.args[0]->name == "e" ? *node.args[0]->args[0] : *node.args[0];
      if (!set || subject.kind != Kind::name || set->variable != subject.name) return std::nullopt;
      set->variable.clear();
      return set;
    }
    case Kind::relation: return relation(node, tree);
    case Kind::list: return joined(node, tree);
    default: return std::nullopt;
  }
}

bool is_region(const Node& node) {
  switch (node.kind) {
    case Kind::set_union:
    case Kind::intersection:
    case Kind::difference:
    case Kind::builder: return true;
    case Kind::constant: return node.is(Constant::reals) || node.is(Constant::empty);
    case Kind::tuple: return node.args.size() == 2 && !(node.open == '(' && node.close == ')');
    case Kind::relation: return node.name.find_first_of("<>lgne") != std::string::npos;
    case Kind::list:
      return std::any_of(node.args.begin(), node.args.end(),
                         [](const Node* arg) { return arg->kind == Kind::relation && is_region(*arg); });
    default: return false;
  }
}

Match equal_sets(const RealSet& gold, const RealSet& pred, const Policy& policy, Budget& budget) {
  if (!gold.variable.empty() && !pred.variable.empty() && gold.variable != pred.variable)
    return {false, "variable of the set"};
  if (gold.member != pred.member) return {false, "set of numbers"};
  for (std::size_t i = 0; i < gold.breaks.size(); ++i)
    if (!equal_scalars(*gold.breaks[i].value, *pred.breaks[i].value, policy, budget)) return {false, "ends of the set"};
  return {true, "set of numbers"};
}

}  // namespace hone::math
