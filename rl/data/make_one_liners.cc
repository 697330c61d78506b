#include "rl/data/make_one_liners.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <set>

namespace hone {
namespace {

constexpr int64_t kLargest = 1000000;
constexpr int kTests = 8;
constexpr int kTestTries = 50;
constexpr std::size_t kFewestResults = 4;  // different ones among the tests: a constant is no solution
constexpr IntRange kElements{-12, 20}, kLengths{5, 9};

int64_t modulo(int64_t value, int64_t n) { return ((value % n) + n) % n; }  // Python's, for n > 0

/// A step: keeps numbers or changes them. In `code` x stands for the number (in brackets where it is a sum), y for the same without
/// brackets, # for the step's own number; # in the words as well.
struct Rule {
  bool keeps = false;
  const char* code;
  std::array<const char*, 2> words;
  int low = 0, high = 0;  // range of the step's number
  int64_t (*value)(int64_t x, int64_t n);
};

constexpr std::array kRules{
    Rule{true, "x % 2 == 0", {"keep the even numbers", "keep those that are even"}, 0, 0, [](int64_t x, int64_t) -> int64_t { return x % 2 == 0; }},
    Rule{true, "x % 2 == 1", {"keep the odd numbers", "keep those that are odd"}, 0, 0, [](int64_t x, int64_t) -> int64_t { return x % 2 != 0; }},
    Rule{true, "x > 0", {"keep the positive numbers", "drop all that are not positive"}, 0, 0, [](int64_t x, int64_t) -> int64_t { return x > 0; }},
    Rule{true, "x < 0", {"keep the negative numbers", "drop all that are not negative"}, 0, 0, [](int64_t x, int64_t) -> int64_t { return x < 0; }},
    Rule{true, "x > #", {"keep those above #", "keep the numbers greater than #"}, 2, 9, [](int64_t x, int64_t n) -> int64_t { return x > n; }},
    Rule{true, "x < #", {"keep those below #", "keep the numbers less than #"}, 2, 9, [](int64_t x, int64_t n) -> int64_t { return x < n; }},
    Rule{true, "x % # == 0", {"keep the multiples of #", "keep those divisible by #"}, 3, 9, [](int64_t x, int64_t n) -> int64_t { return x % n == 0; }},
    Rule{true, "x != #", {"drop every #", "leave out each #"}, 2, 9, [](int64_t x, int64_t n) -> int64_t { return x != n; }},
    Rule{false, "x + #", {"add # to each", "increase each by #"}, 2, 9, [](int64_t x, int64_t n) { return x + n; }},
    Rule{false, "x - #", {"subtract # from each", "decrease each by #"}, 2, 9, [](int64_t x, int64_t n) { return x - n; }},
    Rule{false, "x * #", {"multiply each by #", "take each times #"}, 2, 9, [](int64_t x, int64_t n) { return x * n; }},
    Rule{false, "x * x", {"square each", "multiply each by itself"}, 0, 0, [](int64_t x, int64_t) { return x * x; }},
    Rule{false, "-x", {"negate each", "change the sign of each"}, 0, 0, [](int64_t x, int64_t) { return -x; }},
    Rule{false, "abs(y)", {"take the absolute value of each", "drop the sign of each"}, 0, 0, [](int64_t x, int64_t) { return x < 0 ? -x : x; }},
    Rule{false, "x % #", {"take the remainder of each by #", "reduce each modulo #"}, 3, 9, [](int64_t x, int64_t n) { return modulo(x, n); }},
};

/// The value that is returned: in `code` @ stands for what is in the brackets of the comprehension.
struct Result {
  const char* code;
  std::array<const char*, 2> words;
  bool of_none = true;  // does the empty list have it?
  ListResult (*of)(std::vector<int64_t> list);
};

using List = std::vector<int64_t>;
const std::array kResults{
    Result{"sum([@])", {"return the sum", "return the total"}, true, [](List l) { return ListResult{{std::accumulate(l.begin(), l.end(), int64_t{0})}}; }},
    Result{"len([@])", {"return how many there are", "return the count"}, true, [](List l) { return ListResult{{static_cast<int64_t>(l.size())}}; }},
    Result{"max([@])", {"return the largest", "return the maximum"}, false, [](List l) { return ListResult{{*std::max_element(l.begin(), l.end())}}; }},
    Result{"min([@])", {"return the smallest", "return the minimum"}, false, [](List l) { return ListResult{{*std::min_element(l.begin(), l.end())}}; }},
    Result{"sorted([@])", {"return them sorted", "return them in increasing order"}, true,
           [](List l) {
             std::sort(l.begin(), l.end());
             return ListResult{std::move(l), true};
           }},
    Result{"[@]", {"return the list", "return them"}, true, [](List l) { return ListResult{std::move(l), true}; }},
};

std::string replaced(std::string_view pattern, char place, const std::string& text) {
  std::string out;
  for (const char c : pattern)
    if (c == place) out += text;
    else out += c;
  return out;
}

/// The rule's code with `x` in the number's place, and `y` in that of a number that needs no brackets.
std::string code_of(const ListStep& step, const std::string& x, const std::string& y) {
  std::string out;
  for (const char c : std::string_view(kRules[step.rule].code)) {
    if (c == 'x') out += x;
    else if (c == 'y') out += y;
    else if (c == '#') out += std::to_string(step.number);
    else out += c;
  }
  return out;
}

/// An entry of the table, keeping and changing ones equally often.
ListStep draw_step(PhiloxStream& random) {
  const bool keeps = random.next_below(2) == 0;
  ListStep step;
  do step.rule = random.next_below(kRules.size());
  while (kRules[step.rule].keeps != keeps);
  const Rule& rule = kRules[step.rule];
  step.number = draw_between(random, rule.low, rule.high);
  step.words = random.next_below(rule.words.size());
  return step;
}

/// Does some part of the steps, in their order, pass these tests too?
bool part_passes(const OneLiner& function, const HiddenTests& tests) {
  const unsigned all = (1u << function.steps.size()) - 1;
  for (unsigned chosen = 0; chosen < all; ++chosen) {
    OneLiner part{{}, function.result, 0};
    for (std::size_t i = 0; i < function.steps.size(); ++i)
      if ((chosen >> i & 1u) != 0) part.steps.push_back(function.steps[i]);
    bool passes = true;
    for (std::size_t t = 0; t < tests.inputs.size() && passes; ++t) passes = part.run(tests.inputs[t]) == tests.outputs[t];
    if (passes) return true;
  }
  return false;
}

std::optional<HiddenTests> draw_tests_once(PhiloxStream& random, const OneLiner& function) {
  HiddenTests tests;
  std::set<std::vector<int64_t>> results;
  for (int t = 0; t < kTests; ++t) {
    std::vector<int64_t> list(static_cast<std::size_t>(draw_between(random, kLengths.low, kLengths.high)));
    for (int64_t& element : list) element = draw_between(random, kElements.low, kElements.high);
    const std::optional<ListResult> result = function.run(list);
    if (!result) return std::nullopt;
    results.insert(result->values);
    tests.inputs.push_back(std::move(list));
    tests.outputs.push_back(*result);
  }
  if (results.size() < kFewestResults || part_passes(function, tests)) return std::nullopt;
  return tests;
}

}  // namespace

std::string OneLiner::key() const {
  std::string key;
  for (const ListStep& step : steps) key += code_of(step, "x", "x") + "; ";
  return key + kResults[result].code;
}

bool OneLiner::held_out() const { return held_out_by_hash(key()); }

std::string OneLiner::prompt() const {
  std::string text;
  for (const ListStep& step : steps) text += replaced(kRules[step.rule].words[step.words], '#', std::to_string(step.number)) + ", then ";
  text += kResults[result].words[result_words];
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return "# " + text + ".\ndef f(xs):";
}

std::string OneLiner::program(std::size_t kept, bool careless) const {
  std::string number = "x", conditions;
  bool bare = true;  // needs no brackets
  for (std::size_t i = steps.size() - kept; i < steps.size(); ++i) {
    const std::string in_brackets = bare || careless ? number : "(" + number + ")";
    if (kRules[steps[i].rule].keeps) {
      conditions += (conditions.empty() ? " if " : " and ") + code_of(steps[i], careless ? "x" : in_brackets, careless ? "x" : number);
    } else {
      number = code_of(steps[i], in_brackets, number);
      bare = std::string_view(kRules[steps[i].rule].code).starts_with("abs(");
    }
  }
  return " return " + replaced(kResults[result].code, '@', number + " for x in xs" + conditions);
}

std::optional<ListResult> OneLiner::run(std::span<const int64_t> list) const {
  std::vector<int64_t> kept(list.begin(), list.end());
  for (const ListStep& step : steps) {
    std::vector<int64_t> next;
    for (const int64_t x : kept) {
      const int64_t value = kRules[step.rule].value(x, step.number);
      if (value > kLargest || value < -kLargest) return std::nullopt;
      if (!kRules[step.rule].keeps) next.push_back(value);
      else if (value != 0) next.push_back(x);
    }
    kept = std::move(next);
  }
  if (kept.empty() && !kResults[result].of_none) return std::nullopt;
  return kResults[result].of(std::move(kept));
}

OneLiner draw_one_liner(PhiloxStream& random, IntRange steps, bool held_out) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    OneLiner function;
    for (int i = draw_between(random, steps.low, steps.high); i > 0; --i) function.steps.push_back(draw_step(random));
    function.result = random.next_below(kResults.size());
    function.result_words = random.next_below(2);
    if (function.held_out() == held_out) return function;
  }
  fail_no_row("one-line function");
}

std::optional<HiddenTests> draw_hidden_tests(PhiloxStream& random, const OneLiner& function) {
  for (int tries = 0; tries < kTestTries; ++tries)
    if (auto tests = draw_tests_once(random, function)) return tests;
  return std::nullopt;
}

std::string draw_one_liner_text(PhiloxStream& random, const OneLinerCorpus& corpus) {
  const OneLiner function = draw_one_liner(random, corpus.steps, false);
  std::size_t kept = 1;
  while (kept < function.steps.size() && random.next_uniform() < corpus.heeded) ++kept;
  return function.prompt() + function.program(kept, random.next_uniform() < corpus.careless);
}

}  // namespace hone
