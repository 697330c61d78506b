// `hone score math`: lines with "gold" (or "reference") and "pred" (or "completion"), optional "id" and "mode", to lines
// with id, score, outcome, the two answers as they were read, and the rule that decided. No LibTorch.
#pragma once

#include <string>

namespace hone {

/// Reads `file` ("-" is standard input), writes to standard output in the same order. `settings` is a JSON object.
int score_math(const std::string& file, const std::string& settings);

}  // namespace hone
