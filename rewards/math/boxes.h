// \boxed{...} and \fbox{...} with matched braces.
// Thread rule: pure functions. Linear in the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rewards/math/policy.h"

namespace hone::math {

/// Content of the last box; with Boxes::list also of those before it that only commas or one "and" or "or" separate,
/// joined by ", " or " or ". nullopt where there is no box or the last one does not close.
std::optional<std::string> boxed_answer(std::string_view text, Boxes boxes);

bool has_box(std::string_view text);

/// What follows the last box, without delimiters and spaces at its front.
std::string_view after_last_box(std::string_view text);

}  // namespace hone::math
