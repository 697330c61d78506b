#include "rl/data/make_countdown_texts.h"

#include <algorithm>
#include <set>

namespace hone {
namespace {

constexpr std::string_view kSigns = "+-*/";
constexpr IntRange kSumsInText{4, 9};

template <class List>
const auto& pick(PhiloxStream& random, const List& list) {
  return list[random.next_below(list.size())];
}

/// Goes on from `attempt` with every number that is left, and every operator.
void collect(const CountdownAttempt& attempt, const std::multiset<int>& left, int target, int limit, std::vector<CountdownAttempt>& found) {
  if (left.empty()) {
    if (attempt.value() == target) found.push_back(attempt);
    return;
  }
  for (auto number = left.begin(); number != left.end(); number = left.upper_bound(*number)) {
    std::multiset<int> rest = left;
    rest.erase(rest.find(*number));
    for (const char sign : kSigns) {
      const std::optional<int> value = countdown_step(attempt.value(), sign, *number, limit);
      if (!value) continue;
      CountdownAttempt longer = attempt;
      longer.steps.push_back({sign, *number, *value});
      collect(longer, rest, target, limit, found);
    }
  }
}

/// An attempt that is right on purpose with probability `right`, where there is such a one.
CountdownAttempt draw_attempt_at(PhiloxStream& random, const CountdownProblem& p, int limit, double right) {
  if (random.next_uniform() < right) {
    const std::vector<CountdownAttempt> all = right_attempts(p, limit);
    if (!all.empty()) return pick(random, all);
  }
  return draw_attempt(random, p.numbers, limit);
}

/// Sums, half of them compared with what they make.
std::string draw_sums(PhiloxStream& random, const CountdownOptions& options) {
  std::string text = "Sums:";
  for (int left = draw_between(random, kSumsInText.low, kSumsInText.high); left > 0;) {
    const int a = draw_between(random, 1, options.largest_target), b = draw_between(random, options.numbers.low, options.numbers.high);
    const char sign = kSigns[random.next_below(kSigns.size())];
    const std::optional<int> value = countdown_step(a, sign, b, options.largest_target);
    if (!value) continue;
    text += CountdownAttempt{a, {{sign, b, *value}}}.line(random.next_below(2) == 0 ? *value : draw_between(random, 1, options.largest_target));
    --left;
  }
  return text;
}

std::string search(const std::vector<CountdownAttempt>& attempts, int target) {
  std::string text = "<think>";
  for (const CountdownAttempt& attempt : attempts) text += attempt.line(target);
  return text + "</think>" + attempts.back().answer();
}

std::string draw_search(PhiloxStream& random, const CountdownProblem& p, const CountdownCorpus& corpus) {
  std::vector<CountdownAttempt> attempts;
  do {
    attempts.push_back(draw_attempt_at(random, p, corpus.problems.largest_target, corpus.right));
    if (attempts.back().value() == p.target) break;
  } while (static_cast<int>(attempts.size()) < corpus.most_attempts && random.next_uniform() < corpus.goes_on);
  return search(attempts, p.target);
}

}  // namespace

std::string CountdownAttempt::line(int target) const {
  std::string text = " " + std::to_string(first);
  for (const Step& step : steps) text += std::string(" ") + step.sign + " " + std::to_string(step.number) + " = " + std::to_string(step.value);
  return text + " for " + std::to_string(target) + (value() == target ? " yes." : " no.");
}

std::string CountdownAttempt::answer() const {
  std::string text = " " + std::to_string(first);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    text += std::string(" ") + steps[i].sign + " " + std::to_string(steps[i].number);
    if (i + 1 < steps.size()) text = " (" + text + " )";
  }
  return "<answer>" + text + "</answer>";
}

CountdownAttempt draw_attempt(PhiloxStream& random, const std::vector<int>& numbers, int limit) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    std::vector<int> left = numbers;
    CountdownAttempt attempt;
    while (!left.empty()) {
      std::swap(left.back(), left[random.next_below(left.size())]);
      const int number = left.back();
      left.pop_back();
      if (left.size() + 1 == numbers.size()) {
        attempt.first = number;
        continue;
      }
      std::vector<CountdownAttempt::Step> possible;
      for (const char sign : kSigns)
        if (const auto value = countdown_step(attempt.value(), sign, number, limit)) possible.push_back({sign, number, *value});
      if (possible.empty()) break;
      attempt.steps.push_back(pick(random, possible));
    }
    if (attempt.steps.size() + 1 == numbers.size()) return attempt;
  }
  fail_no_row("attempt at a countdown problem");
}

std::vector<CountdownAttempt> right_attempts(const CountdownProblem& problem, int limit) {
  std::vector<CountdownAttempt> found;
  const std::multiset<int> numbers(problem.numbers.begin(), problem.numbers.end());
  for (auto number = numbers.begin(); number != numbers.end(); number = numbers.upper_bound(*number)) {
    std::multiset<int> rest = numbers;
    rest.erase(rest.find(*number));
    collect({*number, {}}, rest, problem.target, limit, found);
  }
  return found;
}

std::string draw_countdown_text(PhiloxStream& random, const CountdownCorpus& corpus) {
  const double kind = random.next_uniform();
  if (kind < corpus.sums) return draw_sums(random, corpus.problems);
  const CountdownProblem p = draw_countdown(random, corpus.problems, false);
  if (kind >= corpus.sums + corpus.bare) return p.prompt() + draw_search(random, p, corpus);
  return p.prompt() + draw_attempt_at(random, p, corpus.problems.largest_target, corpus.right_bare).answer();
}

std::string draw_right_search(PhiloxStream& random, const CountdownProblem& problem, int limit, int most_attempts) {
  const std::vector<CountdownAttempt> right = right_attempts(problem, limit);
  if (right.empty()) return "";
  std::vector<CountdownAttempt> attempts;
  for (int left = draw_between(random, 0, most_attempts - 1); left > 0; --left) {
    CountdownAttempt attempt = draw_attempt(random, problem.numbers, limit);
    if (attempt.value() != problem.target) attempts.push_back(std::move(attempt));
  }
  attempts.push_back(pick(random, right));
  return search(attempts, problem.target);
}

std::string draw_right_answer(PhiloxStream& random, const CountdownProblem& problem, int limit) {
  const std::vector<CountdownAttempt> right = right_attempts(problem, limit);
  return right.empty() ? "" : pick(random, right).answer();
}

}  // namespace hone
