// Does a model's answer equal the reference? The whole path: extraction, parsing, comparison, with one budget.
// Thread rule: pure functions; the same verdict from any number of threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rewards/math/policy.h"

namespace hone::math {

enum class Verdict : uint8_t {
  correct,
  wrong,
  no_answer,        // the prediction holds none
  gold_unusable,    // the reference holds none, or costs more than the budget: no score
  budget_exceeded,  // the prediction costs more than the budget: wrong
};
std::string_view to_string(Verdict verdict);

struct Judgement {
  Verdict verdict = Verdict::wrong;
  std::string rule;         // what decided: "exact", "numeric", "list", "brackets", "words"...
  std::string gold_parsed;  // how the answers were read; words where they are no expression
  std::string pred_parsed;
};

/// Does not throw for any text. `describe` fills the parsed forms.
Judgement verify(std::string_view gold, std::string_view pred, Mode mode, const Policy& policy, bool describe = true);

/// Throws invalid_argument for an unknown name.
Mode mode_from_string(std::string_view name);

}  // namespace hone::math
