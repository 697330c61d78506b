// Texts from which a small model learns to play countdown: it tries the numbers one after another, and may try again.
//
//   sums      Sums: 64 / 8 = 8 for 8 yes. 50 + 7 = 57 for 13 no.
//   search    Use 6, 10, 3 to make 28.<think> 6 + 10 = 16 * 3 = 48 for 28 no. 6 * 3 = 18 + 10 = 28 for 28 yes.</think><answer> ( 6 * 3 ) + 10</answer>
//   bare      Use 6, 10, 3 to make 28.<answer> ( 10 - 6 ) * 3</answer>
//
// An attempt takes all numbers in some order, each joined to the value so far, and is compared with the target; the answer is the last one. Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "rl/data/make_countdown.h"

namespace hone {

struct CountdownAttempt {
  struct Step {
    char sign = '+';
    int number = 0;
    int value = 0;  // so far
    bool operator==(const Step&) const = default;
  };
  int first = 0;
  std::vector<Step> steps;

  int value() const { return steps.empty() ? first : steps.back().value; }
  std::string line(int target) const;  // " 6 * 3 = 18 + 10 = 28 for 28 yes."
  std::string answer() const;          // "<answer> ( 6 * 3 ) + 10</answer>"
  bool operator==(const CountdownAttempt&) const = default;
};

/// Random order, each operator a random one of those that keep the value whole and within 1..limit.
CountdownAttempt draw_attempt(PhiloxStream& random, const std::vector<int>& numbers, int limit);

/// All attempts that make the target, without doubles.
std::vector<CountdownAttempt> right_attempts(const CountdownProblem& problem, int limit);

struct CountdownCorpus {
  CountdownOptions problems;
  double sums = 0.2, bare = 0.25;  // shares of texts; the rest are searches
  double right_bare = 0.1;         // share of bare answers that are right on purpose; the others are random attempts
  double right = 0.15;             // share of attempts in a search that are right on purpose
  double goes_on = 0.6;            // after an attempt that fails: another one with this probability, otherwise it is the answer
  int most_attempts = 6;
};

/// One text, never with the numbers of a held-out problem.
std::string draw_countdown_text(PhiloxStream& random, const CountdownCorpus& corpus);

/// A search that begins with failing attempts, as many as a fair die gives below `most_attempts`, and ends with a right one; empty if there is none.
std::string draw_right_search(PhiloxStream& random, const CountdownProblem& problem, int limit, int most_attempts);
std::string draw_right_answer(PhiloxStream& random, const CountdownProblem& problem, int limit);

}  // namespace hone
