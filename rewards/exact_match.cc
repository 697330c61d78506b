// "exact_match": the whole text is the reference.
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

class ExactMatch final : public RewardFunction {
 public:
  ExactMatch(bool strip, bool ignore_case) : strip_(strip), ignore_case_(ignore_case) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    const std::string expected = normal(group.problem.reference);
    return for_each_completion(group, [&](const Completion& completion) {
      if (normal(completion.text) == expected) return scored(1.0);
      return scored(0.0, "expected '" + excerpt(expected) + "', got '" + excerpt(completion.text) + "'");
    });
  }

 private:
  std::string normal(std::string_view text) const {
    if (strip_) text = trim(text);
    return ignore_case_ ? lower(text) : std::string(text);
  }

  bool strip_;
  bool ignore_case_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_exact_match(Settings& settings) {
  const bool strip = settings.boolean("strip", true);
  const bool ignore_case = settings.boolean("ignore_case", false);
  return std::make_unique<ExactMatch>(strip, ignore_case);
}

}  // namespace hone
