// The page of a comparison: one HTML file with its style and plots inside, no script, light and dark. Thread rule: pure function.
#pragma once

#include <string>

#include "rl/compare/results.h"

namespace hone {

std::string comparison_page(const CompareResults& results);

}  // namespace hone
