// "countdown": the answer is an arithmetic expression that makes the target from the given numbers, each used exactly once
// (the task of TinyZero). The reference is the target; the numbers are an array in the problem's metadata, or both stand in the
// reference as JSON: {"target": 98, "numbers": [44, 19, 35]}. Values are exact rationals: 1/3*3 is 1. Nothing is evaluated as
// code. The expression is the last <answer>...</answer>, or the whole text.
#include <algorithm>
#include <array>

#include "proto/base/json.h"
#include "rewards/answer_extraction.h"
#include "rewards/expression.h"
#include "rewards/number_text.h"
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

constexpr std::size_t kMostNumbers = 64;

struct Task {
  mpq_class target;
  std::vector<mpq_class> numbers;  // sorted
};

std::optional<mpq_class> value_of(const Json& number) {
  if (number.is_number()) return reference_value(number.dump());
  return number.is_string() ? reference_value(number.get<std::string>()) : std::nullopt;
}

std::optional<Task> read_task(const Problem& problem, const std::string& numbers_field) {
  const Json reference = Json::parse(problem.reference, nullptr, false);
  const bool both = reference.is_object();
  const Json source = both ? reference : Json::parse(problem.metadata_json, nullptr, false);
  const std::string field = both && reference.contains("numbers") ? "numbers" : numbers_field;
  if (!source.is_object() || !source.contains(field) || !source[field].is_array()) return std::nullopt;
  const Json& numbers = source[field];
  const std::optional<mpq_class> target =
      both ? value_of(reference.value("target", Json())) : reference_value(problem.reference);
  if (!target || numbers.empty() || numbers.size() > kMostNumbers) return std::nullopt;
  Task task{*target, {}};
  for (const Json& number : numbers) {
    const std::optional<mpq_class> value = value_of(number);
    if (!value) return std::nullopt;
    task.numbers.push_back(*value);
  }
  std::sort(task.numbers.begin(), task.numbers.end());
  return task;
}

/// The numbers written in an expression that evaluate_expression has accepted, sorted.
std::vector<mpq_class> numbers_in(std::string_view expression) {
  std::vector<mpq_class> numbers;
  for (std::size_t at = 0; at < expression.size();) {
    const std::size_t end = decimal_end(expression, at);
    if (end > at) numbers.push_back(decimal_value(expression.substr(at, end - at)).value_or(0));
    at = std::max(end, at + 1);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

class Countdown final : public RewardFunction {
 public:
  Countdown(std::string numbers_field, bool use_all, bool whole_text, double format_score)
      : numbers_field_(std::move(numbers_field)),
        use_all_(use_all),
        whole_text_(whole_text),
        format_score_(format_score) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    const std::optional<Task> task = read_task(group.problem, numbers_field_);
    if (!task) return for_all(group, skipped("no target and numbers in the reference and metadata"));
    return for_each_completion(group, [&](const Completion& completion) {
      const std::optional<std::string_view> answer = whole_text_ ? completion.text : last_answer_tag(completion.text);
      if (!answer) return scored(0.0, "no <answer>...</answer>");
      const ExpressionValue result = evaluate_expression(*answer);
      if (!result.value) return scored(0.0, result.reason);
      const std::vector<mpq_class> used = numbers_in(trim(*answer));
      if (use_all_ ? used != task->numbers
                   : !std::includes(task->numbers.begin(), task->numbers.end(), used.begin(), used.end()))
        return scored(format_score_,
                      use_all_ ? "not each number once" : "a number that is not given, or one used twice");
      if (*result.value == task->target) return scored(1.0);
      return scored(format_score_, "makes " + to_text(*result.value) + ", not " + to_text(task->target));
    });
  }

 private:
  std::string numbers_field_;
  bool use_all_, whole_text_;
  double format_score_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_countdown(Settings& settings) {
  static constexpr std::array<std::string_view, 2> kPlaces{"answer", "text"};
  const std::string field = settings.text("numbers_field", "nums");
  const bool use_all = settings.boolean("use_all", true);
  const bool whole_text = settings.choice("place", kPlaces, "answer") == "text";
  const double format_score = settings.number("format_score", 0.0);
  return std::make_unique<Countdown>(field, use_all, whole_text, format_score);
}

}  // namespace hone
