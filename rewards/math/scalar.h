// Equality of two numbers or expressions: exact value, then identity modulo primes, then high precision.
// Thread rule: pure functions.
#pragma once

#include <string_view>

#include "rewards/math/policy.h"
#include "rewards/math/tree.h"

namespace hone::math {

struct Match {
  bool equal = false;
  std::string_view rule;  // what decided
  explicit operator bool() const { return equal; }
};

/// `gold` is the reference: a decimal's digits say how exact it is. An integer is never rounded.
Match equal_scalars(const Node& gold, const Node& pred, const Policy& policy, Budget& budget);

/// The equations (or, with `positive`, the inequalities) a = 0 and b = 0 say the same: a = c * b for a constant c (> 0).
bool proportional(const Node& a, const Node& b, bool positive, Budget& budget);

/// A decimal (not an integer), with sign, percent sign or power of ten, to which `exact` rounds.
bool rounds_to(const Node& exact, const Node& decimal, Budget& budget);

}  // namespace hone::math
