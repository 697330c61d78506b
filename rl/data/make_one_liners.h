// One-line Python functions on a list of numbers, with hidden tests: problems for the reward "code", and the texts that a small model
// learns to write such functions from.
//
//   prompt     # Add 3 to each, then keep the even numbers, then return the sum.
//              def f(xs):
//   solution    return sum([x + 3 for x in xs if (x + 3) % 2 == 0])
//   sloppy      return sum([x for x in xs if x % 2 == 0])                 (only the last step)
//   careless    return sum([x + 3 for x in xs if x % 2 == 0])             (a condition on x itself, no brackets)
//
// A tenth of all functions (by a hash of steps and result, not of the words) is held out. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rl/data/make_row.h"

namespace hone {

constexpr int kMostListSteps = 6;

struct ListStep {
  std::size_t rule = 0;  // what it does: an entry of a table
  int number = 0;        // its number, where it has one
  std::size_t words = 0;
};

/// What a function returns: a list, or the one number in `values`.
struct ListResult {
  std::vector<int64_t> values;
  bool is_list = false;
  bool operator==(const ListResult&) const = default;
};

struct OneLiner {
  std::vector<ListStep> steps;
  std::size_t result = 0;  // sum, count, largest...: an entry of a table
  std::size_t result_words = 0;

  std::string key() const;  // "x + 3; x % 2 == 0; sum([@])", whatever the words
  bool held_out() const;
  std::string prompt() const;
  /// The program after the prompt's last line, of the last `kept` steps. Careless: conditions look at the numbers as they came in, and
  /// changed numbers get no brackets.
  std::string program(std::size_t kept, bool careless) const;
  std::string solution() const { return program(steps.size(), false); }
  /// What the steps make of a list, one after another; nullopt where a number leaves +-1,000,000 or the result does not exist (the largest of none).
  std::optional<ListResult> run(std::span<const int64_t> list) const;
};

OneLiner draw_one_liner(PhiloxStream& random, IntRange steps, bool held_out);

struct HiddenTests {
  std::vector<std::vector<int64_t>> inputs;
  std::vector<ListResult> outputs;
};

/// Tests that no part of the steps passes: each step matters. nullopt where no such were found soon.
std::optional<HiddenTests> draw_hidden_tests(PhiloxStream& random, const OneLiner& function);

struct OneLinerCorpus {
  IntRange steps{1, 3};
  double heeded = 0.25;    // the last step is always in the program, and each one before it with this probability if the next is
  double careless = 0.25;  // share of careless programs
};

/// A prompt with a program, never of a held-out function.
std::string draw_one_liner_text(PhiloxStream& random, const OneLinerCorpus& corpus);

}  // namespace hone
