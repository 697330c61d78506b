// One-line functions: known texts, brackets, results against values worked out by Python, and tests that only the whole function passes.
// That Python agrees on every solution is tested in tests/e2e/data_make_test.sh with the reward "code" itself.
#include "rl/data/make_one_liners.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/rl/expect_error.h"

namespace hone {
namespace {

PhiloxStream stream(uint64_t row) { return row_stream(7, 6, row); }

OneLiner function(uint64_t row, IntRange steps = {1, 4}, bool held_out = false) {
  PhiloxStream random = stream(row);
  return draw_one_liner(random, steps, held_out);
}

/// The first function drawn whose key is this.
OneLiner with_key(const std::string& key, IntRange steps) {
  for (uint64_t row = 0; row < 400000; ++row) {
    for (const bool held_out : {false, true}) {
      OneLiner f = function(row, steps, held_out);
      if (f.key() == key) return f;
    }
  }
  ADD_FAILURE() << key << " is never drawn";
  return {};
}

std::vector<int64_t> result(const OneLiner& f, const std::vector<int64_t>& list) {
  const auto value = f.run(list);
  return value ? value->values : std::vector<int64_t>{};
}

TEST(OneLiners, ProgramsAsTheyStandInTheHeader) {
  const OneLiner f = with_key("x + 3; x % 2 == 0; sum([@])", {2, 2});
  EXPECT_EQ(f.solution(), " return sum([x + 3 for x in xs if (x + 3) % 2 == 0])");
  EXPECT_EQ(f.program(1, false), " return sum([x for x in xs if x % 2 == 0])");
  EXPECT_EQ(f.program(2, true), " return sum([x + 3 for x in xs if x % 2 == 0])");
  EXPECT_EQ(result(f, {1, 2, -5, 5}), std::vector<int64_t>{4 - 2 + 8});
}

TEST(OneLiners, ResultsAreThoseOfPython) {
  const std::vector<int64_t> list{-12, -7, -1, 0, 3, 8, 20};
  const std::map<std::string, std::vector<int64_t>> expected{
      {"x % 2 == 1; [@]", {-7, -1, 3}},          {"x % 5; [@]", {3, 3, 4, 0, 3, 3, 0}}, {"x % 4 == 0; len([@])", {4}}, {"abs(x); max([@])", {20}},
      {"x * x; min([@])", {0}},                  {"-x; sorted([@])", {-20, -8, -3, 0, 1, 7, 12}}, {"x != 3; sum([@])", {8}},     {"x < 5; len([@])", {5}},
      {"x > 2; [@]", {3, 8, 20}},                {"x - 4; sum([@])", {-17}},
  };
  for (const auto& [key, values] : expected) EXPECT_EQ(result(with_key(key, {1, 1}), list), values) << key;
}

TEST(OneLiners, WhatDoesNotExistHasNoResult) {
  EXPECT_FALSE(with_key("x > 9; max([@])", {1, 1}).run(std::vector<int64_t>{1, 2}));
  EXPECT_FALSE(with_key("x * x; sum([@])", {1, 1}).run(std::vector<int64_t>{5000})) << "too large";
}

TEST(OneLiners, TheSplitDependsOnTheFunctionAlone) {
  int held_out = 0;
  for (uint64_t row = 0; row < 400; ++row) {
    EXPECT_TRUE(function(row, {1, 3}, true).held_out());
    OneLiner f = function(row);
    EXPECT_FALSE(f.held_out());
    for (ListStep& step : f.steps) step.words = 1 - step.words;
    f.result_words = 1 - f.result_words;
    EXPECT_FALSE(f.held_out()) << "words do not matter";
    f.steps.push_back(f.steps.front());
    held_out += f.held_out() ? 1 : 0;
  }
  EXPECT_NEAR(held_out / 400.0, 0.1, 0.05);
}

TEST(OneLiners, HiddenTestsAreMetByTheWholeFunctionAlone) {
  int with_tests = 0;
  for (uint64_t row = 0; row < 100; ++row) {
    PhiloxStream random = stream(row);
    const OneLiner f = function(row, {1, 3});
    const auto tests = draw_hidden_tests(random, f);
    if (!tests) continue;
    ++with_tests;
    std::set<std::vector<int64_t>> results;
    std::vector<bool> fails(f.steps.size(), false);
    for (std::size_t t = 0; t < tests->inputs.size(); ++t) {
      EXPECT_EQ(f.run(tests->inputs[t]), tests->outputs[t]);
      results.insert(tests->outputs[t].values);
      for (std::size_t left_out = 0; left_out < f.steps.size(); ++left_out) {
        OneLiner part = f;
        part.steps.erase(part.steps.begin() + static_cast<std::ptrdiff_t>(left_out));
        if (part.run(tests->inputs[t]) != tests->outputs[t]) fails[left_out] = true;
      }
    }
    EXPECT_GE(results.size(), 4u);
    EXPECT_EQ(fails, std::vector<bool>(f.steps.size(), true)) << f.key();
  }
  EXPECT_GT(with_tests, 50);
}

TEST(OneLiners, ACorpusHasTheSharesThatWereAskedFor) {
  constexpr int kRows = 2000;
  const auto right = [](double heeded, double careless) {
    int count = 0;
    for (uint64_t row = 0; row < kRows; ++row) {
      PhiloxStream random = stream(row), again = stream(row);
      const std::string text = draw_one_liner_text(random, {{2, 2}, heeded, careless});
      const OneLiner f = draw_one_liner(again, {2, 2}, false);
      EXPECT_TRUE(text.starts_with(f.prompt()));
      count += text == f.prompt() + f.solution() ? 1 : 0;
    }
    return count / static_cast<double>(kRows);
  };
  EXPECT_EQ(right(1.0, 0.0), 1.0);
  EXPECT_NEAR(right(0.3, 0.0), 0.3, 0.04);
  const double careless = right(1.0, 1.0);
  EXPECT_GT(careless, 0.2) << "two conditions cannot be got wrong";
  EXPECT_LT(careless, 0.6);
}

}  // namespace
}  // namespace hone
