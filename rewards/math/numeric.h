// High-precision complex values of expressions (MPC), the second opinion where residues do not decide.
//
// A comparison evaluates both sides at fixed pseudo-random points (one for a constant), first with 256 bits. Where the
// difference is small it is computed again with 640 bits: the difference of equal values shrinks with the precision,
// that of different ones stays. So no tolerance decides, and 10^100 + sqrt(2) is not 10^100 + sqrt(3).
// Thread rule: pure functions.
#pragma once

#include <optional>

#include "rewards/math/rational.h"
#include "rewards/math/tree.h"

namespace hone::math {

enum class Agreement : uint8_t { equal, different, undecided };

Agreement compare_numerically(const Node& a, const Node& b, const Reading& reading, Budget& budget);

/// Value of a real constant, rounded to about 60 decimal digits of precision; nullopt where it is not one.
std::optional<mpq_class> real_value(const Node& node, const Reading& reading, Budget& budget);

/// Sign of a/b at one point where both are real and not zero; 0 where there is none.
int sign_of_quotient(const Node& a, const Node& b, const Reading& reading, Budget& budget);

}  // namespace hone::math
