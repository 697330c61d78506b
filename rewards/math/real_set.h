// Sets of real numbers: unions of intervals and points, from interval notation, inequalities in one variable, set
// builders, and unions, intersections and differences of these.
// Thread rule: one owner.
#pragma once

#include <gmpxx.h>

#include <optional>
#include <string>
#include <vector>

#include "rewards/math/scalar.h"
#include "rewards/math/tree.h"

namespace hone::math {

/// n breaks cut the line into 2n+1 cells: gap, break, gap, ..., gap. `member` says which belong to the set.
struct RealSet {
  struct Break {
    const Node* value;
    mpq_class place;  // of `value`, to about 60 digits
  };
  std::vector<Break> breaks;
  std::vector<bool> member{false};
  std::string variable;  // of an inequality; empty where none is named
};

/// nullopt where the node is not such a set (an end that is not a real constant, two variables...).
std::optional<RealSet> real_set(const Node& node, Tree& tree);

/// True for notation that can only mean a set of numbers: a union, an inequality, "x \in ...", a half-open bracket.
bool is_region(const Node& node);

Match equal_sets(const RealSet& gold, const RealSet& pred, const Policy& policy, Budget& budget);

}  // namespace hone::math
