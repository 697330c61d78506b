// What a rule that never reads the problem reaches: always the most frequent answer, or always the same sum with the numbers of the
// prompt in their order. A model that does not beat the best of them may have learned a rule of that kind.
// Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "rl/compare/final_eval.h"

namespace hone {

struct ConstantRule {
  std::string name;
  double accuracy = 0.0;  // share of the problems for which it gives the reference
};

/// All rules on these problems, best first. A rule is right where it gives the reference's number exactly (or, for the most frequent
/// answer, its text); the number of a prompt that stands in it twice in a row (a prompt that repeats its question) counts as it
/// stands. The best one is chosen on the problems it is scored on, which flatters it.
std::vector<ConstantRule> constant_rules(const std::vector<ProblemResult>& problems);

/// The digits of a text as numbers, in order: "What is 47 + 3.5?" -> 47, 3.5. Signs are operators, not parts of numbers.
std::vector<double> numbers_in(const std::string& text);

}  // namespace hone
