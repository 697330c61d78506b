// Exact value of an arithmetic expression, by recursive descent:
//   expression = sign term { ("+" | "-") term }        sign = [ "-" | "+" ], only at the start and after "("
//   term       = factor { ("*" | "x" | U+00D7 | "/") factor }
//   factor     = number | "(" expression ")"
//   number     = "12", "1,200", "0.5"
// Nothing else may stand in the text except spaces. No text is evaluated as code.
// Thread rule: pure function.
#pragma once

#include <gmpxx.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hone {

inline constexpr std::size_t kMaxExpressionBytes = 1024;
inline constexpr int kMaxExpressionDepth = 64;

struct ExpressionValue {
  std::optional<mpq_class> value;
  std::string reason;  // why there is no value: "division by zero", "unexpected ')' at 5"
};

ExpressionValue evaluate_expression(std::string_view text);

}  // namespace hone
