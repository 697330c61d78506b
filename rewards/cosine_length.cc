// "cosine_length": the score of a right answer falls with its length, that of a wrong one rises, along half a cosine wave
// (Yeo et al. 2025, "Demystifying Long Chain-of-Thought Reasoning in LLMs", arXiv:2502.03373, section 4; the ends are named as
// in open-r1):
//   right  max_value_correct at length 0 ... min_value_correct at max_length
//   wrong  min_value_wrong   at length 0 ... max_value_wrong   at max_length
// Beyond max_length both stay at that end: an answer that was cut off must not earn by the wave's rising half. Whether an
// answer is right is the score of another function of the list: 1 or more.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "rewards/gate.h"
#include "rewards/rule.h"
#include "rewards/words.h"

namespace hone {
namespace {

constexpr double kRight = 1.0;

struct Ends {
  double at_zero;
  double at_max;
};

class CosineLength final : public RewardFunction {
 public:
  CosineLength(std::string judge, LengthUnit unit, int64_t max_length, Ends right, Ends wrong)
      : judge_(std::move(judge)), unit_(unit), max_length_(max_length), right_(right), wrong_(wrong) {}

  std::string judge() const override { return judge_; }

  std::vector<RewardComponent> score(const Group& group) const override {
    return for_each_completion(group, [&](const Completion& completion) {
      const RewardComponent* verdict = component_named(completion, judge_);
      if (!verdict || verdict->outcome != Outcome::scored) return skipped("no score of " + judge_);
      const bool right = verdict->score >= kRight;
      const Ends& ends = right ? right_ : wrong_;
      const double length =
          std::min(static_cast<double>(length_of(completion, unit_)), static_cast<double>(max_length_));
      const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * length / static_cast<double>(max_length_)));
      return scored(
          ends.at_max + (ends.at_zero - ends.at_max) * wave,
          std::string(right ? "right" : "wrong") + " at length " + std::to_string(length_of(completion, unit_)));
    });
  }

 private:
  std::string judge_;
  LengthUnit unit_;
  int64_t max_length_;
  Ends right_, wrong_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_cosine_length(Settings& settings) {
  const std::string judge = settings.text("correct_by");
  const LengthUnit unit = read_length_unit(settings);
  const int64_t max_length = settings.integer("max_length", 1, INT32_MAX);
  const Ends right{settings.number("max_value_correct", 1.0), settings.number("min_value_correct", 0.5)};
  const Ends wrong{settings.number("min_value_wrong", -1.0), settings.number("max_value_wrong", -0.5)};
  return std::make_unique<CosineLength>(judge, unit, max_length, right, wrong);
}

}  // namespace hone
