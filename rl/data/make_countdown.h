// The countdown game: make a target from given numbers with + - * / and brackets, each number used once (TinyZero's task). Every problem
// has a solution, since it is made from one. Problems are held out by their numbers, so a held-out problem's numbers are in no training
// row with any target. Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rl/data/make_row.h"

namespace hone {

struct CountdownOptions {
  IntRange count{3, 4};     // numbers of a problem
  IntRange numbers{1, 20};  // their values
  int largest_target = 100;
};

struct CountdownProblem {
  std::vector<int> numbers;
  int target = 0;
  std::string solution;  // "(3 + 4) * 5"

  std::string key() const;  // "98: 19 35 44", whatever the order of the numbers
  bool held_out() const;
  std::string prompt() const;
};

/// a sign b, where it is whole and within 1..limit.
std::optional<int> countdown_step(int a, char sign, int b, int limit);

/// Targets are 1..largest_target; all values on the way are whole, positive and at most 10 * largest_target.
CountdownProblem draw_countdown(PhiloxStream& random, const CountdownOptions& options, bool held_out);

}  // namespace hone
