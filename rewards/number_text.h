// Decimal literals as exact rationals of any size up to a limit.
// Thread rule: pure functions.
#pragma once

#include <gmpxx.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hone {

/// Larger literals have no value: a hostile text must not buy seconds of big-number arithmetic.
inline constexpr std::size_t kMaxNumberDigits = 1000;
inline constexpr int kMaxNumberExponent = 1000;

/// End of the literal that begins at `at`: digits, or digits in groups of three ("1,234,567"), then an optional
/// ".digits"; or ".digits" alone. Returns `at` where none begins. A full stop that ends a sentence is not taken.
std::size_t decimal_end(std::string_view text, std::size_t at);
/// End of an exponent ("e5", "E-3") at `at`, or `at`.
std::size_t exponent_end(std::string_view text, std::size_t at);

/// Value of a literal as delimited by the two functions above; nullopt beyond the limits.
std::optional<mpq_class> decimal_value(std::string_view literal);

/// "3", "-1/2"; shortened when very long.
std::string to_text(const mpq_class& value);

}  // namespace hone
