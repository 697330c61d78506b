// Fuzz target of the maths verifier: the first line is the reference, the rest the prediction. Every mode must end with a
// verdict, a text that is no answer is never accepted, and a reference equals itself in a second spelling.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rewards/math/verify.h"

namespace math = hone::math;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  const std::string_view gold = text.substr(0, line);
  const std::string_view pred = line == std::string_view::npos ? std::string_view() : text.substr(line + 1);
  for (const math::Mode mode : {math::Mode::answer, math::Mode::response, math::Mode::text_expr, math::Mode::text_latex,
                                math::Mode::text_latex_expr, math::Mode::mcq}) {
    const math::Judgement judgement = math::verify(gold, pred, mode, {});
    if (judgement.verdict == math::Verdict::correct && (gold.empty() || pred.empty())) std::abort();
    if (math::verify(gold, pred, mode, {}).verdict != judgement.verdict) std::abort();
  }
  if (gold.find("[\"") != std::string_view::npos) return 0;  // a list of alternatives is not one of them
  const math::Verdict self = math::verify(gold, gold, math::Mode::answer, {}).verdict;
  if (self == math::Verdict::wrong || self == math::Verdict::no_answer) std::abort();
  return 0;
}
