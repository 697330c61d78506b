#include "rl/data/make_countdown.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace hone {
namespace {

struct Term {
  int value = 0;
  std::string text;  // without outer brackets
  bool compound = false;

  std::string bracketed() const { return compound ? "(" + text + ")" : text; }
};

/// Replaces two random terms by what a random operator makes of them until one is left; nullopt where that leaves the limits.
std::optional<Term> draw_solution(PhiloxStream& random, std::vector<Term> terms, int limit) {
  while (terms.size() > 1) {
    std::swap(terms.back(), terms[random.next_below(terms.size())]);
    const Term b = std::move(terms.back());
    terms.pop_back();
    Term& a = terms[random.next_below(terms.size())];
    const char sign = "+-*/"[random.next_below(4)];
    const std::optional<int> value = countdown_step(a.value, sign, b.value, limit);
    if (!value) return std::nullopt;
    a = {*value, a.bracketed() + " " + sign + " " + b.bracketed(), true};
  }
  return terms.front();
}

std::string sorted_numbers(const CountdownProblem& p) {
  std::vector<int> sorted = p.numbers;
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const int number : sorted) text += " " + std::to_string(number);
  return text;
}

}  // namespace

std::optional<int> countdown_step(int a, char sign, int b, int limit) {
  int value = 0;
  switch (sign) {
    case '+': value = a + b; break;
    case '-': value = a - b; break;
    case '*': value = a * b; break;
    default:
      if (a % b != 0) return std::nullopt;
      value = a / b;
  }
  if (value < 1 || value > limit) return std::nullopt;
  return value;
}

std::string CountdownProblem::key() const { return std::to_string(target) + ":" + sorted_numbers(*this); }

bool CountdownProblem::held_out() const { return held_out_by_hash(sorted_numbers(*this)); }

std::string CountdownProblem::prompt() const {
  std::string text = "Use";
  for (std::size_t i = 0; i < numbers.size(); ++i) text += (i == 0 ? " " : ", ") + std::to_string(numbers[i]);
  return text + " to make " + std::to_string(target) + ".";
}

CountdownProblem draw_countdown(PhiloxStream& random, const CountdownOptions& options, bool held_out) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    std::vector<Term> terms;
    CountdownProblem p;
    for (int i = draw_between(random, options.count.low, options.count.high); i > 0; --i) {
      p.numbers.push_back(draw_between(random, options.numbers.low, options.numbers.high));
      terms.push_back({p.numbers.back(), std::to_string(p.numbers.back()), false});
    }
    const std::optional<Term> solution = draw_solution(random, terms, 10 * options.largest_target);
    if (!solution || solution->value > options.largest_target) continue;
    p.target = solution->value;
    p.solution = solution->text;
    if (p.held_out() == held_out) return p;
  }
  fail_no_row("countdown problem");
}

}  // namespace hone
