// Word problems for the emergence example: somebody finds some items, people change their number one after another, how many are there in
// the end? With them the texts that a small model learns from: bare answers, worked solutions, recaps and sums.
//
//   prompt            Joe finds 16 pens. Kim*2. Mia+5. Leo-3! Joe+7. How many after Leo?
//   bare answer       <answer> 43</answer>
//   worked solution   <think> Start with 16. Joe +7 = 23. Kim *2 = 46. Leo -3! makes 43.</think><answer> 43</answer>
//   recap             Joe finds 16 pens. Kim*2. Mia+5. Leo-3! Joe+7. Recap to Leo:<think> Start with 16. 11. Joe +7 = 18. Kim *2 = 36. 5. Leo
//                     -3! makes 2.</think><answer> 2</answer>
//   mixed recap       Kim finds 16 pens. Kim+7. Ann*2! Joe-3. Mixed recap: Joe -3. Kim +7. Ann *2!
//   sums              Sums:<think> 31. Ann +5 = 36. 8. Bob /2! makes 4.</think><answer> 4</answer>
//
// What people did counts in cyclic alphabetical order from the one who found the items to the one who is asked for, whose statement ends
// with "!", and is told in random order, with what later people did: the next name is known, and what that person did, and whether it is
// the last that counts, has to be looked up. Neither the length of a story nor that of a solution so far says where the solution ends.
// All values stay within 0..59. A tenth of all problems (by a hash of start value and operations, not of names or items) is held out.
// Thread rule: pure functions of their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proto/base/random.h"
#include "rl/data/make_row.h"

namespace hone {

constexpr int kLargestValue = 59;
constexpr int kMostOperations = 16;  // one person each
constexpr int kMostTold = 12;        // unless more count

struct Operation {
  char sign = '+';  // + - * /
  int number = 0;   // 2..9; 2 for * and /
  int apply(int value) const;
  std::string text() const;  // "+7"
};

struct WordProblem {
  int start = 0;
  std::vector<Operation> operations;  // those that count
  std::vector<Operation> later;       // of the people after them
  std::string item;
  std::vector<std::string> people;  // one for each of both
  std::vector<std::size_t> told;    // the order in which the prompt tells them

  const std::string& asked() const { return people[operations.size() - 1]; }
  int answer() const;
  std::string key() const;  // "16 +7 *2 -3"
  bool held_out() const;
  std::string prompt() const;
  std::string bare_answer() const;
  std::string worked_solution() const;
};

/// With what later people did a story tells up to `told` operations, each number equally often.
WordProblem draw_word_problem(PhiloxStream& random, IntRange operations, int told, bool held_out);

/// Shares of documents; what they leave are problems with bare answers.
struct CorpusOptions {
  double recaps = 0.34, facts = 0.14, worked = 0.10;
  double mixed = 0.3;        // share of recaps in mixed order, so that only the name tells which operation follows
  double warm_up = 0.35;     // share of the rows at the beginning that are sums and mixed recaps, which grow from one statement on
  IntRange bare_operations{2, 6}, worked_operations{2, 5}, recap_operations{2, 12};
  int told = kMostTold;
};

/// One pre-training text, never of a held-out problem; `begun` is the share of the corpus before it.
std::string draw_document(PhiloxStream& random, const CorpusOptions& options, double begun);

}  // namespace hone
