// Units of measurement behind an answer. They are not part of its value, but two that measure differently tell two
// answers apart.
// Thread rule: pure function.
#pragma once

#include <string>
#include <vector>

namespace hone::math {

/// True where both answers name units of one physical quantity and these differ ("cm" and "m"; not "cm" and "centimeters").
bool units_conflict(const std::vector<std::string>& gold, const std::vector<std::string>& pred);

}  // namespace hone::math
