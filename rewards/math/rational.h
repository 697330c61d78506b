// Exact value of a constant expression, as a GMP rational.
// Thread rule: pure functions.
#pragma once

#include <gmpxx.h>

#include <optional>

#include "rewards/math/tree.h"

namespace hone::math {

/// What "%" and the degree sign stand for. Inside trigonometric functions a degree is always pi/180.
struct Reading {
  bool percent_is_hundredth = true;
  bool degree_is_radians = false;
};

/// nullopt where the value is not rational, not defined, or larger than kMaxBits. Integers are never rounded.
std::optional<mpq_class> exact_value(const Node& node, const Reading& reading, Budget& budget);

std::size_t bits(const mpq_class& value);
/// base^exponent; nullopt for 0^negative and beyond kMaxBits.
std::optional<mpq_class> exact_power(const mpq_class& base, const mpz_class& exponent, Budget& budget);

}  // namespace hone::math
