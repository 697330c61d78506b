// Where the answer of a text stands. The first form that is present decides:
//   1. <answer>...</answer>, the last one
//   2. the last \boxed{...} or \fbox{...}; boxes with only commas or one "and" between them are one list
//   3. the line after the last "####" (GSM8K)
//   4. what follows the last "answer is" or "answer:"
//   5. the whole text, where it is one expression
//   6. the last formula or number, whichever is later (a bare number only in the last sentence of a response)
// Forms 5 and 6 are lenient extraction only. Where there is a "</think>", only what follows it counts.
// Thread rule: pure functions. Linear in the text.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "rewards/math/policy.h"

namespace hone::math {

/// True where the text is one whole mathematical expression.
using IsExpression = std::function<bool(std::string_view)>;

struct Extracted {
  std::string text;
  std::string_view form;  // "box", "answer tag", "####", "answer phrase", "whole text", "last formula", "last number"
};

/// nullopt: no answer found. An empty box is an answer that is no expression.
std::optional<Extracted> extract(std::string_view text, Mode mode, const Policy& policy,
                                 const IsExpression& is_expression);

/// The answer of a bare answer: the box or the line after "####" where there is one, else the whole text.
Extracted bare_answer(std::string_view text, const Policy& policy);

}  // namespace hone::math
