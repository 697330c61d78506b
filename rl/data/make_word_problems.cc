#include "rl/data/make_word_problems.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace hone {
namespace {

constexpr std::array<const char*, kMostOperations> kPeople{"Ann", "Bob", "Cat", "Dan", "Eve", "Fay", "Gus", "Hal",
                                                           "Ian", "Joe", "Kim", "Leo", "Mia", "Ned", "Oda", "Pat"};
constexpr std::array<const char*, 6> kItems{"apples", "pens", "coins", "cards", "books", "eggs"};
constexpr IntRange kStarts{2, 20}, kNumbers{2, 9};
constexpr IntRange kFactsInText{2, 8};
constexpr double kMarkedInMixedRecap = 0.3;
constexpr int kMostChainedInRecap = 5;

template <class List>
std::string pick(PhiloxStream& random, const List& list) {
  return list[random.next_below(list.size())];
}

/// 0..n-1 in random order.
std::vector<std::size_t> shuffled(PhiloxStream& random, std::size_t n) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.next_below(i)]);
  return order;
}

bool within(int value) { return value >= 0 && value <= kLargestValue; }

/// An operation that keeps `value` whole and within limits: a tenth double, a tenth halve, the others add or take.
Operation draw_operation(PhiloxStream& random, int value) {
  for (;;) {
    const uint64_t kind = random.next_below(10);
    if (kind == 0) {
      if (value > 0 && within(2 * value)) return {'*', 2};
    } else if (kind == 1) {
      if (value > 0 && value % 2 == 0) return {'/', 2};
    } else {
      const Operation operation{random.next_below(2) == 0 ? '+' : '-', draw_between(random, kNumbers.low, kNumbers.high)};
      if (within(operation.apply(value))) return operation;
    }
  }
}

/// "+7", and "+7!" where it is the last that counts.
std::string marked(const Operation& operation, bool last) { return operation.text() + (last ? "!" : ""); }

/// What a person did, as the story states it: one word.
std::string statement(const std::string& person, const Operation& operation, bool last) { return " " + person + marked(operation, last) + (last ? "" : "."); }

/// The same as a solution repeats it: the name, and then what was looked up.
std::string repetition(const std::string& person, const Operation& operation, bool last) { return " " + person + " " + marked(operation, last); }

/// The last sum says "makes".
std::string sum(const std::string& person, const Operation& operation, int value, bool last) {
  return repetition(person, operation, last) + (last ? " makes " : " = ") + std::to_string(operation.apply(value)) + ".";
}

std::string beginning(const WordProblem& p, const std::string& person) { return person + " finds " + std::to_string(p.start) + " " + p.item + "."; }

std::string story(const WordProblem& p) {
  std::string text = beginning(p, p.people.front());
  const std::size_t count = p.operations.size();
  for (const std::size_t i : p.told) text += statement(p.people[i], i < count ? p.operations[i] : p.later[i - count], i + 1 == count);
  return text;
}

std::string number(int value) { return " " + std::to_string(value) + "."; }

bool suits(const Operation& operation, int value) { return (operation.sign != '/' || value % 2 == 0) && within(operation.apply(value)); }

/// Some number that the operation suits.
int draw_operand(PhiloxStream& random, const Operation& operation) {
  for (;;)
    if (const int value = draw_between(random, 0, kLargestValue); suits(operation, value)) return value;
}

std::string answer_tags(int value) { return "<answer> " + std::to_string(value) + "</answer>"; }

/// What a solution ends with. Texts that show the form at other lengths end alike: what follows the last sum must not depend on their kind.
std::string ending(int value) { return "</think>" + answer_tags(value); }

/// Sums of unrelated numbers in a solution's words; the people follow each other.
std::string draw_facts(PhiloxStream& random) {
  std::string text = "Sums:<think>";
  int result = 0;
  const auto count = static_cast<uint64_t>(draw_between(random, kFactsInText.low, kFactsInText.high)), first = random.next_below(kPeople.size());
  for (uint64_t i = 0; i < count; ++i) {
    const int value = draw_between(random, 0, kLargestValue);
    const Operation operation = draw_operation(random, value);
    text += number(value) + sum(kPeople[(first + i) % kPeople.size()], operation, value, i + 1 == count);
    result = operation.apply(value);
  }
  return text + ending(result);
}

/// A story, and its statements once more as sums. The first begins with a number of its own, and half of the others: a solution that grows
/// longer than any that was seen must find it usual that a sum goes on from the one before.
std::string draw_recap(PhiloxStream& random, IntRange operations, int told) {
  const WordProblem p = draw_word_problem(random, operations, told, false);
  std::string text = story(p) + " Recap to " + p.asked() + ":<think> Start with" + number(p.start);
  int result = 0, chained = 0;
  for (std::size_t i = 0; i < p.operations.size(); ++i) {
    const bool goes_on = chained > 0 && chained < kMostChainedInRecap && suits(p.operations[i], result) && random.next_below(2) == 0;
    const int value = goes_on ? result : draw_operand(random, p.operations[i]);
    chained = goes_on ? chained + 1 : 1;
    text += (goes_on ? "" : number(value)) + sum(p.people[i], p.operations[i], value, i + 1 == p.operations.size());
    result = p.operations[i].apply(value);
  }
  return text + ending(result);
}

/// The same with people and repetitions in random order, some marked: only the name tells which operation follows.
std::string draw_mixed_recap(PhiloxStream& random, IntRange operations) {
  const WordProblem p = draw_word_problem(random, operations, 0, false);
  const std::vector<std::size_t> people = shuffled(random, kPeople.size()), order = shuffled(random, p.operations.size());
  std::vector<bool> last;
  std::string text = beginning(p, kPeople[people[0]]);
  for (std::size_t i = 0; i < order.size(); ++i) {
    last.push_back(random.next_uniform() < kMarkedInMixedRecap);
    text += statement(kPeople[people[i]], p.operations[i], last[i]);
  }
  text += " Mixed recap:";
  for (const std::size_t i : order) text += repetition(kPeople[people[i]], p.operations[i], last[i]) + (last[i] ? "" : ".");
  return text;
}

}  // namespace

int Operation::apply(int value) const {
  switch (sign) {
    case '+': return value + number;
    case '-': return value - number;
    case '*': return value * number;
    default: return value / number;
  }
}

std::string Operation::text() const { return sign + std::to_string(number); }

int WordProblem::answer() const {
  int value = start;
  for (const Operation& operation : operations) value = operation.apply(value);
  return value;
}

std::string WordProblem::key() const {
  std::string key = std::to_string(start);
  for (const Operation& operation : operations) key += " " + operation.text();
  return key;
}

bool WordProblem::held_out() const { return held_out_by_hash(key()); }

std::string WordProblem::prompt() const { return story(*this) + " How many after " + asked() + "?"; }

std::string WordProblem::bare_answer() const { return answer_tags(answer()); }

std::string WordProblem::worked_solution() const {
  std::string text = "<think> Start with" + number(start);
  int value = start;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    text += sum(people[i], operations[i], value, i + 1 == operations.size());
    value = operations[i].apply(value);
  }
  return text + ending(value);
}

WordProblem draw_word_problem(PhiloxStream& random, IntRange operations, int told, bool held_out) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    WordProblem p;
    p.item = pick(random, kItems);
    p.start = draw_between(random, kStarts.low, kStarts.high);
    const int count = draw_between(random, operations.low, operations.high), people = draw_between(random, count, std::max(count, told));
    const uint64_t first = random.next_below(kPeople.size());
    for (int i = 0, value = p.start; i < people; ++i) {
      const Operation operation = draw_operation(random, value);
      (i < count ? p.operations : p.later).push_back(operation);
      p.people.emplace_back(kPeople[(first + static_cast<uint64_t>(i)) % kPeople.size()]);
      value = operation.apply(value);
    }
    p.told = shuffled(random, p.people.size());
    if (p.held_out() == held_out) return p;
  }
  fail_no_row("word problem");
}

std::string draw_document(PhiloxStream& random, const CorpusOptions& options, double begun) {
  double kind = random.next_uniform();
  double mixed = options.mixed;
  IntRange recap = options.recap_operations;
  if (begun < options.warm_up) {
    mixed = 1.0;
    kind *= options.recaps + options.facts;
    recap = {1, 1 + static_cast<int>((recap.high - 1) * begun / options.warm_up + 0.5)};
  }
  if (kind < options.facts) return draw_facts(random);
  if (kind < options.facts + options.recaps)
    return random.next_uniform() < mixed ? draw_mixed_recap(random, recap) : draw_recap(random, recap, options.told);
  const bool worked = kind < options.facts + options.recaps + options.worked;
  const WordProblem p = draw_word_problem(random, worked ? options.worked_operations : options.bare_operations, options.told, false);
  return p.prompt() + (worked ? p.worked_solution() : p.bare_answer());
}

}  // namespace hone
