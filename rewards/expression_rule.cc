// "expression": the model writes a sum and stops; a calculator works it out. It is graded on choosing operands and
// operations.
#include <optional>

#include "rewards/answer_extraction.h"
#include "rewards/expression.h"
#include "rewards/number_text.h"
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

class ExpressionRule final : public RewardFunction {
 public:
  std::vector<RewardComponent> score(const Group& group) const override {
    const std::optional<mpq_class> expected = reference_value(group.problem.reference);
    if (!expected)
      return for_all(group, skipped("reference '" + excerpt(group.problem.reference) + "' is not a number"));
    return for_each_completion(group, [&](const Completion& completion) {
      if (!stopped_by_itself(completion)) return scored(0.0, "did not stop");
      const ExpressionValue result = evaluate_expression(completion.text);
      if (!result.value) return scored(0.0, result.reason);
      if (*result.value == *expected) return scored(1.0);
      return scored(0.0, "expected " + to_text(*expected) + ", got " + to_text(*result.value));
    });
  }
};

}  // namespace

std::unique_ptr<RewardFunction> make_expression(Settings&) { return std::make_unique<ExpressionRule>(); }

}  // namespace hone
