// "a \pm b" written out: every choice of signs is one alternative. "\mp" takes the opposite sign of the first "\pm".
// Thread rule: one owner.
#pragma once

#include <vector>

#include "rewards/math/tree.h"

namespace hone::math {

/// The node itself where it holds no \pm. Throws BudgetExceeded beyond kMaxItems alternatives.
std::vector<const Node*> alternatives(const Node& node, Tree& tree);

/// Copy of the tree with one variable renamed.
const Node* renamed(const Node& node, const std::string& from, const std::string& to, Tree& tree);

}  // namespace hone::math
