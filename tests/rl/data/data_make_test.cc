// Synthetic data: known rows, texts checked by reading them again, the held-out split, shares, and limits that nothing meets.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

#include "rewards/expression.h"
#include "rl/data/make_arithmetic.h"
#include "rl/data/make_countdown.h"
#include "rl/data/make_word_problems.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

WordProblem word_problem(uint64_t row, IntRange operations = {2, 9}, bool held_out = false, int told = kMostTold) {
  PhiloxStream random = row_stream(7, 2, row);
  return draw_word_problem(random, operations, told, held_out);
}

std::string document(uint64_t row, const CorpusOptions& options = {}, double begun = 1.0) {
  PhiloxStream random = row_stream(7, 1, row);
  return draw_document(random, options, begun);
}

/// The words of a text without its stops.
std::vector<std::string> words(std::string text) {
  for (char& c : text)
    if (std::string(".<>?:!").find(c) != std::string::npos) c = ' ';
  std::istringstream stream(text);
  std::vector<std::string> out;
  for (std::string word; stream >> word;) out.push_back(word);
  return out;
}

bool is_operation(const std::string& word) { return word.size() == 2 && std::string("+-*/").find(word[0]) != std::string::npos; }
/// "Joe+7"
bool is_statement(const std::string& word) { return word.size() == 5 && is_operation(word.substr(3)); }

int result_of(int value, const std::string& operation) {
  const int number = operation[1] - '0';
  switch (operation[0]) {
    case '+': return value + number;
    case '-': return value - number;
    case '*': return value * number;
    default: return value / number;
  }
}

/// Start value and operations as a reader of the prompt finds them, and the number they lead to: from the first name on through the
/// alphabet, round its end, to the name at the end of the prompt.
struct ReadProblem {
  std::string key;
  int answer = 0;
};
ReadProblem read_prompt(const std::string& prompt) {
  const auto w = words(prompt);
  std::map<std::string, std::string> did;
  for (const std::string& word : w)
    if (is_statement(word)) did[word.substr(0, 3)] = word.substr(3);
  ReadProblem out{w.at(2), std::stoi(w.at(2))};
  auto next = did.find(w.at(0));
  const auto asked = did.find(w.back());
  EXPECT_NE(next, did.end()) << "who finds the items does something: " << prompt;
  EXPECT_NE(asked, did.end()) << "who is asked for does something: " << prompt;
  for (bool last = false; !last && next != did.end();) {
    last = next == asked;
    out.key += " " + next->second;
    out.answer = result_of(out.answer, next->second);
    EXPECT_TRUE(out.answer >= 0 && out.answer <= kLargestValue) << prompt;
    if (++next == did.end()) next = did.begin();
  }
  return out;
}

TEST(WordProblems, KnownRow) {
  const WordProblem p = word_problem(0, {3, 3}, false, 0);
  EXPECT_EQ(p.prompt(), "Dan finds 3 books. Eve+9. Dan+4. Fay-4! How many after Fay?");
  EXPECT_EQ(p.bare_answer(), "<answer> 12</answer>");
  EXPECT_EQ(p.worked_solution(), "<think> Start with 3. Dan +4 = 7. Eve +9 = 16. Fay -4! makes 12.</think><answer> 12</answer>");
}

TEST(WordProblems, AReaderOfThePromptGetsTheAnswer) {
  for (uint64_t row = 0; row < 300; ++row) {
    const WordProblem p = word_problem(row);
    const ReadProblem read = read_prompt(p.prompt());
    EXPECT_EQ(read.answer, p.answer()) << p.prompt();
    EXPECT_EQ(read.key, p.key());
    EXPECT_EQ(std::set<std::string>(p.people.begin(), p.people.end()).size(), p.people.size()) << "a name finds one statement";
  }
}

TEST(WordProblems, AStoryTellsUpToSoManyOperations) {
  std::map<std::size_t, int> stories;
  for (uint64_t row = 0; row < 300; ++row) ++stories[word_problem(row, {3, 3}, false, 6).told.size()];
  EXPECT_EQ(stories.size(), 4u);
  for (std::size_t told = 3; told <= 6; ++told) EXPECT_NEAR(stories[told], 75, 30) << told;
  EXPECT_EQ(word_problem(0, {5, 5}, false, 4).told.size(), 5u) << "what counts is told in any case";
}

TEST(WordProblems, EverySumOfASolutionIsRightAndTheLastIsTheAnswer) {
  for (uint64_t row = 0; row < 300; ++row) {
    const WordProblem p = word_problem(row);
    const auto w = words(p.worked_solution());
    int sums = 0, value = p.start;
    for (std::size_t i = 2; i < w.size(); ++i) {
      if (w[i - 1] != "=" && w[i - 1] != "makes") continue;
      value = result_of(value, w[i - 2]);
      EXPECT_EQ(std::stoi(w[i]), value) << "each sum goes on from the one before: " << p.worked_solution();
      EXPECT_EQ(w[i - 1] == "makes", ++sums == static_cast<int>(p.operations.size()));
    }
    EXPECT_EQ(sums, static_cast<int>(p.operations.size()));
    EXPECT_EQ(value, p.answer());
  }
}

TEST(WordProblems, TheSplitDependsOnTheProblemAlone) {
  int held_out = 0;
  for (uint64_t row = 0; row < 400; ++row) {
    EXPECT_FALSE(word_problem(row, {2, 7}, false).held_out());
    EXPECT_TRUE(word_problem(row, {2, 7}, true).held_out());
    WordProblem p = word_problem(row);
    p.item = "stones";
    p.people.assign(p.people.size(), "Zoe");
    EXPECT_FALSE(p.held_out()) << "names and items do not matter";
    p.start += 1;
    held_out += p.held_out() ? 1 : 0;
  }
  EXPECT_NEAR(held_out / 400.0, 0.1, 0.05);
}

TEST(Corpus, NeverHoldsAHeldOutProblem) {
  int questions = 0;
  for (uint64_t row = 0; row < 2000; ++row) {
    const std::string text = document(row);
    const std::size_t end = text.find('?');
    if (end == std::string::npos) continue;
    ++questions;
    EXPECT_FALSE(held_out_by_hash(read_prompt(text.substr(0, end)).key)) << text;
  }
  EXPECT_GT(questions, 1000);
}

TEST(Corpus, HasTheSharesThatWereAskedFor) {
  constexpr int kRows = 4000;
  const CorpusOptions options;
  std::map<std::string, double> share;
  for (uint64_t row = 0; row < kRows; ++row) {
    const std::string text = document(row, options);
    const char* kind = text.starts_with("Sums:") ? "facts" : text.find("ecap") != std::string::npos ? "recaps"
                       : text.find("<think>") != std::string::npos                                  ? "worked" : "bare";
    share[kind] += 1.0 / kRows;
  }
  EXPECT_NEAR(share["facts"], options.facts, 0.02);
  EXPECT_NEAR(share["recaps"], options.recaps, 0.02);
  EXPECT_NEAR(share["worked"], options.worked, 0.02);
}

TEST(Corpus, WarmUpHasNoQuestionsAndGrows) {
  std::size_t first = 0, last = 0;
  for (uint64_t row = 0; row < 300; ++row) {
    EXPECT_EQ(document(row, {}, 0.34).find("How many"), std::string::npos);
    const auto longest = [](std::size_t so_far, const std::string& text) { return text.starts_with("Sums:") ? so_far : std::max(so_far, text.size()); };
    first = longest(first, document(row, {}, 0.0));
    last = longest(last, document(row, {}, 0.34));
  }
  EXPECT_LT(4 * first, last) << "from one statement to twelve";
}

TEST(Corpus, ARecapRepeatsWhatEachPersonDid) {
  int repetitions = 0;
  for (uint64_t row = 0; row < 1000; ++row) {
    const std::string text = document(row);
    const std::size_t recap = std::min(text.find("Recap to"), text.find("Mixed recap:"));
    if (recap == std::string::npos) continue;
    std::map<std::string, std::string> did;
    for (const std::string& word : words(text.substr(0, recap)))
      if (is_statement(word)) did[word.substr(0, 3)] = word.substr(3);
    const auto w = words(text.substr(recap));
    for (std::size_t i = 1; i < w.size(); ++i) {
      if (!is_operation(w[i])) continue;
      EXPECT_EQ(did[w[i - 1]], w[i]) << w[i - 1] << " in " << text;
      ++repetitions;
      if (i + 2 >= w.size() || (w[i + 1] != "=" && w[i + 1] != "makes")) continue;
      EXPECT_EQ(result_of(std::stoi(w[i - 2]), w[i]), std::stoi(w[i + 2])) << text;
    }
  }
  EXPECT_GT(repetitions, 1000);
}

/// Who has a marked operation: "Joe+7!" in a story, "Joe +7!" after it.
std::vector<std::string> marked_people(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = text.find('!'); at != std::string::npos; at = text.find('!', at + 1)) {
    const std::size_t gap = text[at - 3] == ' ' ? 1 : 0;
    out.push_back(text.substr(at - 5 - gap, 3));
  }
  return out;
}

/// Sums of a text that go on from the one before, in the longest run.
int longest_chain(const std::string& text) {
  const auto w = words(text);
  int longest = 0, chain = 0;
  for (std::size_t i = 4; i + 1 < w.size(); ++i) {
    if (w[i] != "=" && w[i] != "makes") continue;
    chain = w[i - 4] == "=" ? chain + 1 : 1;
    longest = std::max(longest, chain);
  }
  return longest;
}

TEST(Corpus, NoTextChainsMoreThanFiveSums) {
  std::map<int, int> chains;
  for (uint64_t row = 0; row < 2000; ++row) ++chains[longest_chain(document(row))];
  EXPECT_GT(chains[5], 10);
  EXPECT_EQ(chains.rbegin()->first, 5);
}

TEST(Corpus, TheMarkIsOnTheLastThatCounts) {
  int marks = 0;
  for (uint64_t row = 0; row < 1000; ++row) {
    const std::string text = document(row);
    if (text.starts_with("Sums:")) {
      EXPECT_EQ(marked_people(text).size(), 1u) << text;
      continue;
    }
    const std::size_t end = std::min({text.find("Mixed recap:"), text.find("Recap to"), text.find("How many after")});
    const std::vector<std::string> told = marked_people(text.substr(0, end)), repeated = marked_people(text.substr(end));
    if (text[end] == 'M') {
      EXPECT_EQ(std::set<std::string>(told.begin(), told.end()), std::set<std::string>(repeated.begin(), repeated.end())) << text;
      continue;
    }
    EXPECT_EQ(told, std::vector<std::string>{text.substr(text.find(text[end] == 'H' ? "after " : "to ", end) + (text[end] == 'H' ? 6 : 3), 3)}) << text;
    if (text.find("<think>") != std::string::npos || text[end] == 'R') {
      EXPECT_EQ(repeated, told) << text;
    }
    ++marks;
  }
  EXPECT_GT(marks, 500);
}

TEST(Arithmetic, ProblemsAreLegalAndMirrorImagesStayTogether) {
  const ArithmeticOptions options{{0, 30}, "+-*/"};
  for (uint64_t row = 0; row < 400; ++row) {
    PhiloxStream random = row_stream(7, 3, row);
    const ArithmeticProblem p = draw_arithmetic(random, options, row % 2 == 0);
    EXPECT_EQ(p.held_out(), row % 2 == 0);
    EXPECT_GE(p.answer(), 0);
    if (p.sign == '/') {
      EXPECT_EQ(p.answer() * p.b, p.a);
    }
    if (p.sign == '+') {
      EXPECT_EQ((ArithmeticProblem{p.b, p.a, '+'}.held_out()), p.held_out());
    }
  }
  PhiloxStream random = row_stream(7, 3, 0);
  EXPECT_EQ(draw_arithmetic(random, {}, false).prompt(), "What is 98 + 97?");
  EXPECT_HONE_ERROR(draw_arithmetic(random, ArithmeticOptions({{0, 0}, "/"}), false), ErrorCode::invalid_argument, "no arithmetic problem");
}

TEST(Countdown, TheSolutionMakesTheTargetFromTheNumbers) {
  for (uint64_t row = 0; row < 400; ++row) {
    PhiloxStream random = row_stream(7, 4, row);
    const CountdownProblem p = draw_countdown(random, {}, false);
    const ExpressionValue value = evaluate_expression(p.solution);
    ASSERT_TRUE(value.value) << p.solution;
    EXPECT_EQ(*value.value, p.target) << p.solution;
    std::string spaced = p.solution;
    for (char& c : spaced)
      if (c == '(' || c == ')') c = ' ';
    std::multiset<int> used;
    for (const std::string& word : words(spaced))
      if (std::isdigit(static_cast<unsigned char>(word[0]))) used.insert(std::stoi(word));
    EXPECT_EQ(used, std::multiset<int>(p.numbers.begin(), p.numbers.end())) << p.prompt() << " " << p.solution;
    EXPECT_FALSE(p.held_out());
    CountdownProblem reversed = p;
    std::reverse(reversed.numbers.begin(), reversed.numbers.end());
    EXPECT_EQ(reversed.key(), p.key());
    reversed.target += 1;
    EXPECT_FALSE(reversed.held_out()) << "numbers are held out, with every target";
  }
}

TEST(MakeRow, RowsAreFunctionsOfSeedKindAndNumber) {
  const auto first = [](uint64_t seed, uint32_t kind, uint64_t row) { return row_stream(seed, kind, row).next_u32(); };
  EXPECT_EQ(first(1, 2, 3), first(1, 2, 3));
  EXPECT_EQ((std::set<uint32_t>{first(1, 2, 3), first(2, 2, 3), first(1, 3, 3), first(1, 2, 4), first(1, 2, (uint64_t{1} << 32) + 3)}.size()), 5u);
}

TEST(MakeRow, Ranges) {
  EXPECT_EQ(parse_range("2..7", 1, 16, "--operations").high, 7);
  EXPECT_EQ(parse_range("5", 1, 16, "--operations").size(), 1);
  for (const char* bad : {"", "..", "7..2", "0..3", "2..17", "2...3", "2..x", "two"})
    EXPECT_HONE_ERROR(parse_range(bad, 1, 16, "--operations"), ErrorCode::invalid_argument, "must be N or LOW..HIGH within 1..16");
}

}  // namespace
}  // namespace hone
