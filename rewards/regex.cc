// "regex": a PCRE2 pattern matches the text. A text that meets a limit of matching gives Outcome::error, not a zero.
#include <array>

#include "proto/base/error.h"
#include "rewards/pattern.h"
#include "rewards/rule.h"

namespace hone {
namespace {

class Regex final : public RewardFunction {
 public:
  explicit Regex(Pattern pattern) : pattern_(std::move(pattern)) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    return for_each_completion(group, [&](const Completion& completion) {
      std::string why;
      switch (pattern_.match(completion.text, why)) {
        case Pattern::Match::yes: return scored(1.0);
        case Pattern::Match::no: return scored(0.0, "no match");
        case Pattern::Match::failed: break;
      }
      return failed(why);
    });
  }

 private:
  Pattern pattern_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_regex(Settings& settings) {
  static constexpr std::array<std::string_view, 2> kModes{"full", "search"};
  const std::string pattern = settings.text("pattern");
  const bool full = settings.choice("mode", kModes, "full") == "full";
  try {
    return std::make_unique<Regex>(Pattern(pattern, full ? Pattern::Part::full : Pattern::Part::search));
  } catch (const Error& e) {
    settings.fail("pattern", e.what());
  }
}

}  // namespace hone
