// "did you mean": the known name nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hone {

/// "; did you mean epsilon_high?" when a known name is close enough (edit distance <= 1 + length / 4, transpositions count one),
/// else "; known: a, b, c" (at most 12 names).
std::string suggestion(std::string_view name, std::span<const std::string> known);

}  // namespace hone
