// Unicode and doubled escapes to plain LaTeX, before tokens are made.
// Thread rule: pure functions. Linear in the text.
#pragma once

#include <string>
#include <string_view>

namespace hone::math {

/// The text with LaTeX for what is outside ASCII: "x²" becomes "x^{2}", "½" "{1/2}", a thin space "\,". Unknown
/// characters stay.
std::string to_ascii(std::string_view text);

/// Undoes one level of escaping ("\\frac" from JSON or Python) unless the double backslash ends a matrix row.
std::string single_escapes(std::string text);

}  // namespace hone::math
