// "numeric": the answer of a worked solution equals the reference as an exact rational number; no tolerance.
#include <array>
#include <optional>

#include "rewards/answer_extraction.h"
#include "rewards/number_text.h"
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

class Numeric final : public RewardFunction {
 public:
  explicit Numeric(Extraction extraction) : extraction_(extraction) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    const std::optional<mpq_class> expected = reference_value(group.problem.reference);
    if (!expected)
      return for_all(group, skipped("reference '" + excerpt(group.problem.reference) + "' is not a number"));
    return for_each_completion(group, [&](const Completion& completion) {
      const std::optional<mpq_class> answer = extract_answer(completion.text, extraction_);
      if (!answer) return scored(0.0, "no answer found");
      if (*answer == *expected) return scored(1.0);
      return scored(0.0, "expected " + to_text(*expected) + ", got " + to_text(*answer));
    });
  }

 private:
  Extraction extraction_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_numeric(Settings& settings) {
  static constexpr std::array<std::string_view, 2> kExtractions{"lenient", "strict"};
  const std::string extraction = settings.choice("extraction", kExtractions, "lenient");
  return std::make_unique<Numeric>(extraction == "strict" ? Extraction::strict : Extraction::lenient);
}

}  // namespace hone
