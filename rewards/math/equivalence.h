// Equality of two parsed answers: numbers, expressions, equations, inequalities, sets, intervals, tuples, lists,
// matrices, ratios, words. The kinds must fit: a list of guesses is not its member.
// Thread rule: one owner.
#pragma once

#include <string_view>
#include <vector>

#include "rewards/math/labels.h"
#include "rewards/math/scalar.h"
#include "rewards/math/tree.h"

namespace hone::math {

class Equivalence {
 public:
  Equivalence(const Policy& policy, Tree& tree) : policy_(policy), tree_(tree) {}

  Match compare(const Node& gold, const Node& pred);

 private:
  Match lists(const std::vector<Labelled>& gold, const std::vector<Labelled>& pred);
  Match in_order(const std::vector<Labelled>& gold, const std::vector<Labelled>& pred);
  Match in_any_order(const std::vector<Labelled>& gold, const std::vector<Labelled>& pred);
  Match by_label(const std::vector<Labelled>& gold, const std::vector<Labelled>& pred);
  Match item(const Labelled& gold, const Labelled& pred);
  Match two_labels(const Labelled& gold, const Labelled& pred);
  Match equations(const Node& gold, const Node& pred);
  Match solved_equation(const Node& equation, const Node& value);
  Match inequalities(const Node& gold, const Node& pred);
  Match value(const Node& gold, const Node& pred);
  Match elementwise(const std::vector<const Node*>& gold, const std::vector<const Node*>& pred, std::string_view rule);
  Match ratios(const Node& gold, const Node& pred);
  const Node* difference(const Node& equation);
  std::vector<Labelled> distinct(std::vector<Labelled> items);

  Policy policy_;
  Tree& tree_;
};

}  // namespace hone::math
