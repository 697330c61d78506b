#include "rl/data/make_arithmetic.h"

#include <algorithm>

namespace hone {
namespace {

bool legal(const ArithmeticProblem& p) {
  if (p.sign == '-') return p.a >= p.b;
  if (p.sign == '/') return p.b != 0 && p.a % p.b == 0;
  return true;
}

}  // namespace

int ArithmeticProblem::answer() const {
  switch (sign) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    default: return a / b;
  }
}

std::string ArithmeticProblem::key() const {
  const bool mirrored = (sign == '+' || sign == '*') && a > b;
  return std::to_string(mirrored ? b : a) + " " + sign + " " + std::to_string(mirrored ? a : b);
}

bool ArithmeticProblem::held_out() const { return held_out_by_hash(key()); }

std::string ArithmeticProblem::prompt() const { return "What is " + std::to_string(a) + " " + sign + " " + std::to_string(b) + "?"; }

ArithmeticProblem draw_arithmetic(PhiloxStream& random, const ArithmeticOptions& options, bool held_out) {
  const char sign = options.operators[random.next_below(options.operators.size())];
  for (int tries = 0; tries < kMostTries; ++tries) {
    const ArithmeticProblem p{draw_between(random, options.numbers.low, options.numbers.high),
                              draw_between(random, options.numbers.low, options.numbers.high), sign};
    if (legal(p) && p.held_out() == held_out) return p;
  }
  fail_no_row("arithmetic problem");
}

}  // namespace hone
