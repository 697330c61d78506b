// Exact identity of expressions by evaluation in two prime fields (Schwartz 1980, Zippel 1979): both sides are computed
// modulo two 61-bit primes with fixed pseudo-random values for the variables. No expression grows, so
// (x^800-1)/(x-1) against its expansion costs as many steps as the text has signs.
//
// Roots of -1 and of small primes exist in both fields, so that complex numbers, square roots and cube roots keep their
// relations. Every other function becomes a number that depends on its name and on the residues of its arguments: equal
// arguments, equal value. So "identical" means equal as functions, up to an error probability of about 2^-100, and
// "different" is only said where no such stand-in was used.
// Thread rule: pure functions.
#pragma once

#include <cstdint>

#include "rewards/math/rational.h"
#include "rewards/math/tree.h"

namespace hone::math {

enum class Identity : uint8_t { identical, different, undecided };

Identity compare_residues(const Node& a, const Node& b, const Reading& reading, Budget& budget);

/// True where a = c * b for one constant c, not zero: the equations a = 0 and b = 0 are the same.
bool proportional_residues(const Node& a, const Node& b, const Reading& reading, Budget& budget);

}  // namespace hone::math
