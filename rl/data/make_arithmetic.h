// Sums, differences, products and exact quotients of integers, as problem rows. Thread rule: pure functions.
#pragma once

#include <string>

#include "rl/data/make_row.h"

namespace hone {

struct ArithmeticOptions {
  IntRange numbers{10, 99};
  std::string operators = "+-";  // of + - * /
};

struct ArithmeticProblem {
  int a = 0, b = 0;
  char sign = '+';

  int answer() const;
  std::string key() const;  // "38 + 47", the same for its mirror image
  bool held_out() const;
  std::string prompt() const;
};

/// Both numbers are of options.numbers; differences are not negative, quotients whole.
ArithmeticProblem draw_arithmetic(PhiloxStream& random, const ArithmeticOptions& options, bool held_out);

}  // namespace hone
