// Compares a program's standard output with the expected one.
// Thread rule: pure function, linear in both texts.
#pragma once

#include <string>
#include <string_view>

namespace hone {

enum class OutputMatch : uint8_t {
  tokens,  // the same words, whatever white space is between them
  lines,   // the same lines, white space at their ends and empty lines at the end left out
  exact,   // the same bytes
  floats,  // tokens; where both are numbers, within a tolerance (absolute, or relative to the expected one)
};

/// "" if they match, else why not: "token 3: expected '7', got '8'".
std::string output_difference(std::string_view expected, std::string_view actual, OutputMatch match, double tolerance);

}  // namespace hone
