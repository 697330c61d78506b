// Texts that try to hang, crash or fool the rules. Every rule must answer each of them.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proto/base/random.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

constexpr std::size_t kMegabyte = 1 << 20;
constexpr std::size_t kHundredKilobytes = 100 << 10;

std::string repeat(const std::string& part, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += part;
  return out;
}

std::vector<std::string> hostile_texts(std::size_t bytes) {
  std::vector<std::string> texts{"",
                                 std::string(1, '\0'),
                                 "\xFF\xFE\x80",
                                 "\xC3",
                                 "####",
                                 "\\boxed{",
                                 "\\frac",
                                 "\\frac{",
                                 "\\frac{1}",
                                 ".",
                                 "-",
                                 "$",
                                 "1/",
                                 "1 1/",
                                 "e5",
                                 "1e",
                                 "answer is",
                                 "answer:",
                                 "^",
                                 "{^",
                                 "=",
                                 "#### =",
                                 "\\",
                                 "\\boxed{\\"};
  for (const char* part : {"9",       "9,",      "1,111",    "1 ",   "1/",       "1 1/2 ",     ".",    "-",
                           "- ",      "$",       "(",        ")",    "{",        "}",          "\\",   "\\frac{1}{2}",
                           "\\frac{", "\\frac",  "\\boxed{", "####", "#### \n",  "answer is ", "=",    "1=",
                           "1+",      "^",       "x2",       "1e5",  "\xC2\xBD", "\xE2\x80",   "\xFF", " ",
                           "\n",      "<think>", "a",        "{,}",  "**",       "1**"})
    texts.push_back(repeat(part, bytes));
  texts.push_back(std::string(100000, '(') + "1" + std::string(100000, ')'));
  texts.push_back("#### " + std::string(bytes, '9'));
  texts.push_back("#### 1e" + std::string(bytes, '9'));
  texts.push_back("#### 1/" + std::string(bytes, '3'));
  texts.push_back("#### 0." + std::string(bytes, '0') + "1");
  texts.push_back("\\boxed{" + std::string(100000, '{') + "5" + std::string(100000, '}') + "}");
  texts.push_back("The answer is " + repeat("1 + ", bytes) + "1");
  texts.push_back("- " + std::string(bytes, ' ') + "-5");
  return texts;
}

const char* const kRules[][2] = {{"exact_match", "{}"},
                                 {"expression", "{}"},
                                 {"format", "{}"},
                                 {"format", R"({"mode": "count"})"},
                                 {"integer_answer", "{}"},
                                 {"numeric", "{}"},
                                 {"numeric", R"({"extraction": "strict"})"},
                                 {"overlong", R"({"max_completion_length": 100, "cache_length": 20})"},
                                 {"prefix_match", "{}"},
                                 {"regex", R"x({"pattern": "(?:\\w+\\s?)+!"})x"},
                                 {"regex", R"({"pattern": "\\d{3}", "mode": "search"})"}};

void check(const RewardComponent& component, const std::string& name) {
  EXPECT_TRUE(std::isfinite(component.score)) << name;
  EXPECT_LE(component.detail.size(), 300u) << name;
  EXPECT_EQ(dump_line(Json(component.detail)), Json(component.detail).dump()) << name;  // valid UTF-8
}

TEST(HostileText, EveryRuleAnswersAsText) {
  for (const auto& [name, settings] : kRules) {
    const auto function = rule(name, settings);
    for (const std::string& text : hostile_texts(kHundredKilobytes)) check(score_one(*function, "5", text), name);
  }
}

TEST(HostileText, EveryRuleAnswersAMegabyte) {
  for (const auto& [name, settings] : kRules) {
    const auto function = rule(name, settings);
    for (const char* part : {"9", "1 1/2 ", "\\frac{", "(", "\xFF"})
      check(score_one(*function, "5", repeat(part, kMegabyte)), name);
  }
}

TEST(HostileText, EveryRuleAnswersAsReference) {
  for (const auto& [name, settings] : kRules) {
    const auto function = rule(name, settings);
    for (const std::string& text : hostile_texts(kHundredKilobytes)) check(score_one(*function, text, "5"), name);
  }
}

TEST(HostileText, NothingScoresByAccident) {
  for (const char* name : {"numeric", "expression", "integer_answer"}) {
    const auto function = rule(name);
    for (const std::string& text : hostile_texts(kHundredKilobytes))
      EXPECT_EQ(score_one(*function, "123456", text).score, 0.0) << name << ": " << text.substr(0, 40);
  }
}

TEST(HostileText, RandomPieces) {
  const std::vector<std::string> pieces{
      "1",        "23",       ",",    ".", "/", " ", "-",       "$",  "\\frac",    "{",
      "}",        "\\boxed{", "####", "=", "+", "^", "e",       "\n", "answer is", "\xE2\x88\x92",
      "\xC2\xBD", "\xC3",     "(",    ")", "*", "x", "million", "%",  "\\text",    "0"};
  PhiloxStream rng(11);
  std::vector<std::unique_ptr<RewardFunction>> functions;
  for (const auto& [name, settings] : kRules) functions.push_back(rule(name, settings));
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    for (uint64_t n = rng.next_below(12); n > 0; --n) text += pieces[rng.next_below(pieces.size())];
    for (const auto& function : functions) check(score_one(*function, i % 2 ? text : "1", text), text);
  }
}

}  // namespace
}  // namespace hone
