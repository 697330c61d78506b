// "math": the answer of a worked solution equals the reference as mathematics.
#include <array>
#include <memory>

#include "rewards/math/verify.h"
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

/// What stays of a completion that begins by repeating the prompt: an echo is not an answer.
std::string_view without_echo(std::string_view completion, std::string_view prompt) {
  const std::string_view echo = trim(prompt);
  if (echo.size() < 16) return completion;
  const std::string_view text = trim(completion);
  if (echo.find(text) != std::string_view::npos && text.size() >= 16) return {};
  return text.starts_with(echo) ? text.substr(echo.size()) : completion;
}

class MathRule final : public RewardFunction {
 public:
  MathRule(math::Mode mode, const math::Policy& policy) : mode_(mode), policy_(policy) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    const std::string_view gold = group.problem.reference;
    return for_each_completion(group, [&](const Completion& completion) {
      const std::string_view text = without_echo(completion.text, group.problem.prompt);
      const math::Judgement j = math::verify(gold, text, mode_, policy_);
      switch (j.verdict) {
        case math::Verdict::correct: return scored(1.0, j.rule);
        case math::Verdict::gold_unusable: return skipped(j.rule + ": '" + excerpt(gold) + "'");
        case math::Verdict::no_answer:
        case math::Verdict::budget_exceeded: return scored(0.0, j.rule);
        case math::Verdict::wrong: break;
      }
      return scored(0.0,
                    "expected " + excerpt(j.gold_parsed) + ", got " + excerpt(j.pred_parsed) + " (" + j.rule + ")");
    });
  }

 private:
  math::Mode mode_;
  math::Policy policy_;
};

}  // namespace

namespace math {

Policy read_policy(Settings& settings) {
  const auto pick = [&settings]<std::size_t N>(const char* key, const std::array<std::string_view, N>& names) {
    const std::string chosen = settings.choice(key, names, std::string(names[0]));
    for (std::size_t i = 0; i < N; ++i)
      if (names[i] == chosen) return i;
    return std::size_t{0};
  };
  using Names2 = std::array<std::string_view, 2>;
  Policy policy;
  policy.extraction =
      static_cast<Extraction>(pick("extraction", std::array<std::string_view, 3>{"lenient", "strict", "boxed"}));
  policy.percent = static_cast<Percent>(pick("percent", Names2{"either", "value"}));
  policy.degrees = static_cast<Degrees>(pick("degrees", Names2{"either", "value"}));
  policy.list_order = static_cast<ListOrder>(pick("list_order", Names2{"any", "same"}));
  policy.units = static_cast<Units>(pick("units", Names2{"conflict", "ignore"}) == 0 ? Units::conflict : Units::ignore);
  policy.rounding = static_cast<Rounding>(pick("rounding", Names2{"reference", "none"}));
  policy.boxes = static_cast<Boxes>(pick("boxes", Names2{"list", "last"}));
  policy.tuple_or_list = settings.boolean("tuple_or_list", true);
  return policy;
}

}  // namespace math

std::unique_ptr<RewardFunction> make_math(Settings& settings) {
  static constexpr std::array<std::string_view, 6> kModes{"response",   "answer",          "text_expr",
                                                          "text_latex", "text_latex_expr", "mcq"};
  const math::Mode mode = math::mode_from_string(settings.choice("mode", kModes, "response"));
  return std::make_unique<MathRule>(mode, math::read_policy(settings));
}

}  // namespace hone
