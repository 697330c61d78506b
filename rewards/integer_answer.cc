// "integer_answer": the model stopped by itself and the whole text is the reference integer. Compares digit strings,
// so integers of any length are exact.
#include <algorithm>
#include <optional>

#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

/// "-007" -> "-7", "+5" -> "5", "-0" -> "0"; nullopt unless the whole trimmed text is one integer.
std::optional<std::string> canonical_integer(std::string_view text) {
  text = trim(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  for (char c : text)
    if (!is_digit(c)) return std::nullopt;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
  return (negative && text != "0" ? "-" : "") + std::string(text);
}

class IntegerAnswer final : public RewardFunction {
 public:
  std::vector<RewardComponent> score(const Group& group) const override {
    const std::optional<std::string> expected = canonical_integer(group.problem.reference);
    if (!expected)
      return for_all(group, skipped("reference '" + excerpt(group.problem.reference) + "' is not an integer"));
    return for_each_completion(group, [&](const Completion& completion) {
      if (!stopped_by_itself(completion)) return scored(0.0, "did not stop");
      const std::optional<std::string> answer = canonical_integer(completion.text);
      if (!answer) return scored(0.0, "'" + excerpt(completion.text) + "' is not one integer");
      if (*answer == *expected) return scored(1.0);
      return scored(0.0, "expected " + excerpt(*expected) + ", got " + excerpt(*answer));
    });
  }
};

}  // namespace

std::unique_ptr<RewardFunction> make_integer_answer(Settings&) { return std::make_unique<IntegerAnswer>(); }

}  // namespace hone
