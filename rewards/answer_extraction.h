// The number that a worked solution gives as its answer. The first form that is present decides:
//   1. the line after the last "####" (GSM8K)
//   2. the last \boxed{...}
//   3. the line after the last "answer is" or "answer:" (any case)
//   4. the last number of the text (lenient only)
// Forms 1 and 2 must hold one number: currency, units, words and "x =" beside it are fine, a second number or an
// unevaluated formula ("2^3", "\sqrt{4}", "5 + 3") is not an answer. Form 3 takes the first number, or what follows
// the "=" of a sum.
// Thread rule: pure functions. Linear in the text.
#pragma once

#include <gmpxx.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace hone {

enum class Extraction : uint8_t { lenient, strict };

std::optional<mpq_class> extract_answer(std::string_view text, Extraction extraction);

/// Value of a reference: a text with form 1 or 2, or one number with what may stand beside it.
std::optional<mpq_class> reference_value(std::string_view reference);

}  // namespace hone
