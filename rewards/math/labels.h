// "x = 5", "f(x) = x + 1", "(p, q) = (3, 2)", "|AB| = 1", "2 + 2 = 4", "\sqrt{17} \approx 4.12": what stands before
// the sign names the answer, what stands after it is the answer.
// Thread rule: one owner.
#pragma once

#include <string>
#include <vector>

#include "rewards/math/tree.h"

namespace hone::math {

struct Labelled {
  const Node* node = nullptr;       // the whole item
  const Node* label = nullptr;      // null where it has none
  std::vector<const Node*> values;  // the answer; a rounded second form after "about". Empty for a true equation
  std::string label_text() const;
};

Labelled labelled(const Node& node, Budget& budget);

/// A chain of "=" and "about" signs.
bool is_equation(const Node& node);

/// The one argument of a label like f(x); empty otherwise.
std::string function_argument(const Node& label);

/// Answers of a list or set, one by one: "\pm" written out, "x = 1, 2" and "(x, y) = (1, 2), (2, 1)" without labels.
std::vector<Labelled> items(const Node& node, Tree& tree);

}  // namespace hone::math
