#include "rewards/answer_extraction.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rewards/number_text.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

std::string extracted(const std::string& text, Extraction extraction = Extraction::lenient) {
  const auto value = extract_answer(text, extraction);
  return value ? value->get_str() : "none";
}

struct Case {
  std::string text;
  std::string value;
};

void check(const std::vector<Case>& cases, Extraction extraction = Extraction::lenient) {
  for (const Case& c : cases) EXPECT_EQ(extracted(c.text, extraction), c.value) << c.text;
}

TEST(AnswerExtraction, FormsInOrder) {
  check({{"She has 3 + 4.\n#### 7", "7"},
         {"#### 7\n\\boxed{8} The answer is 9", "7"},
         {"The answer is 9, that is \\boxed{8}", "8"},
         {"The answer is 9. There were 10 to begin with.", "9"},
         {"First 5, then 6 apples", "6"},
         {"#### 1\n#### 2", "2"},
         {"\\boxed{1} \\boxed{2}", "2"},
         {"####", "none"},
         {"#### none of 1 or 2", "none"},
         {"\\boxed{} 5", "none"},
         {"\\boxed{5", "none"},
         {"####\n 18", "18"},
         {"**Final Answer:** $1,234", "1234"},
         {"ANSWER: 5", "5"},
         {"The answer is:\n\n\\(5\\)", "5"},
         {"no digits at all", "none"},
         {"", "none"}});
}

TEST(AnswerExtraction, StrictNeedsAForm) {
  check({{"First 5, then 6 apples", "none"}, {"#### 6", "6"}, {"\\boxed{6}", "6"}, {"the answer is 6", "6"}},
        Extraction::strict);
}

TEST(AnswerExtraction, Numbers) {
  check({{"#### 1,080", "1080"},
         {"#### $1,080.50", "2161/2"},
         {"#### -7", "-7"},
         {"#### \xE2\x88\x92"
          "7",
          "-7"},
         {"#### +7", "7"},
         {"#### -$5", "-5"},
         {"#### $-5", "-5"},
         {"#### \\$5", "5"},
         {"#### €5", "5"},
         {"#### -€5", "-5"},
         {"#### 5%", "5"},
         {"#### 5\\%", "5"},
         {"#### 18.", "18"},
         {"#### 18 eggs.", "18"},
         {"#### 18.00", "18"},
         {"#### .5", "1/2"},
         {"#### 0.05", "1/20"},
         {"#### 3/4", "3/4"},
         {"#### 6 / 8", "3/4"},
         {"#### -3/4", "-3/4"},
         {"#### 1 1/2", "3/2"},
         {"#### -1 1/2", "-3/2"},
         {"#### 12 13/2", "none"},
         {"#### 3/0", "none"},
         {"#### 1\xC2\xBD", "3/2"},
         {"#### \xC2\xBD", "1/2"},
         {"#### 1e3", "1000"},
         {"#### 2.5e-1", "1/4"},
         {"#### 5 million", "5000000"},
         {"#### 1\xE2\x80\xAF"
          "000",
          "1000"},
         {"#### x = 5", "5"},
         {"#### 2 + 3 = 5", "5"},
         {"#### 2 + 3", "none"},
         {"#### 5-6", "none"},
         {"#### 1,2", "none"},
         {"#### 0,500", "none"},
         {"#### 10,0000", "none"},
         {"#### 1/2/2024", "none"},
         {"#### 2^3", "none"},
         {"#### 2**3", "none"},
         {"#### **5**", "5"},
         {"#### 5 m^2", "5"},
         {"#### 5 m\xC2\xB2", "5"},
         {"#### 5/day", "5"},
         {"#### x + 5", "none"},
         {"#### n/2", "none"},
         {"#### Rs.500", "500"},
         {"#### x2", "none"},
         {"#### 007", "7"},
         {"#### 5 or 6", "none"},
         {"#### 90\xC2\xB0", "90"}});
}

TEST(AnswerExtraction, Latex) {
  check({{"\\boxed{\\frac{3}{4}}", "3/4"},
         {"\\boxed{-\\frac{3}{4}}", "-3/4"},
         {"\\boxed{\\frac{-3}{4}}", "-3/4"},
         {"\\boxed{-\\dfrac{-3}{4}}", "3/4"},
         {"\\boxed{\\frac34}", "3/4"},
         {"\\boxed{1\\frac{1}{2}}", "3/2"},
         {"\\boxed{1 \\tfrac12}", "3/2"},
         {"\\boxed{2\\frac{3}{2}}", "none"},
         {"\\boxed{\\frac{1}{0}}", "none"},
         {"\\boxed{\\frac{x}{3}}", "none"},
         {"\\boxed{1{,}234}", "1234"},
         {"\\boxed{1\\,234}", "1234"},
         {"\\boxed{\\$1,234.00}", "1234"},
         {"\\boxed{5 \\text{ apples}}", "5"},
         {"\\boxed{\\text{5}}", "5"},
         {"\\boxed{50\\%}", "50"},
         {"\\boxed{90^\\circ}", "90"},
         {"\\boxed{\\sqrt{4}}", "none"},
         {"\\boxed{2\\pi}", "none"},
         {"\\boxed{2 \\times 3}", "none"},
         {"\\boxed{2\xC3\x97"
          "3}",
          "none"},
         {"\\boxed{x^2}", "none"},
         {"\\boxed{x^{2}}", "none"}});
}

TEST(AnswerExtraction, Phrases) {
  check({{"The answer is 5 + 3 = 8.", "8"},
         {"The answer is 5 + 3.", "none"},
         {"The answer is 5 dollars for 2 days", "5"},
         {"The answer is -5.", "-5"},
         {"the answer is x - 5", "none"},
         {"The answer is **\\$5**.", "5"},
         {"The answer is $\\frac{1}{2}$ of 10", "1/2"},
         {"The answer is \\(\\sqrt{4}\\)", "none"},
         {"The answer is 8 because 5 + 3 = 8", "8"},
         {"The answer is unclear", "none"},
         {"Answer: 3. Sorry, the answer is 4.", "4"}});
}

TEST(AnswerExtraction, LastNumber) {
  check({{"16 - 3", "3"},
         {"it fell to -3 degrees", "-3"},
         {"- 3 apples", "3"},
         {"costs $2,125.", "2125"},
         {"2^3", "none"},
         {"a 5-3", "3"},
         {"version x2", "none"},
         {"7 and x2", "7"}});
}

TEST(AnswerExtraction, References) {
  const auto value = [](const std::string& text) {
    const auto v = reference_value(text);
    return v ? v->get_str() : "none";
  };
  EXPECT_EQ(value("1,080"), "1080");
  EXPECT_EQ(value("-10"), "-10");
  EXPECT_EQ(value("work\n#### 12"), "12");
  EXPECT_EQ(value(""), "none");
  EXPECT_EQ(value("twelve"), "none");
  EXPECT_EQ(value("1 or 2"), "none");
}

TEST(DecimalValue, Limits) {
  EXPECT_TRUE(decimal_value(std::string(kMaxNumberDigits, '9')));
  EXPECT_FALSE(decimal_value(std::string(kMaxNumberDigits + 1, '9')));
  EXPECT_TRUE(decimal_value("1e1000"));
  EXPECT_FALSE(decimal_value("1e1001"));
  EXPECT_FALSE(decimal_value("1e-1001"));
  EXPECT_FALSE(decimal_value("1e99999999999999999999"));
}

TEST(Numeric, ExactNotNearly) {
  const auto numeric = rule("numeric");
  for (const char* gold : {"0.05", "5", "500"})
    for (const char* answer : {"0.05", "5", "500"})
      EXPECT_EQ(score_one(*numeric, gold, std::string("#### ") + answer).score,
                std::string(gold) == answer ? 1.0 : 0.0);
  EXPECT_EQ(score_one(*numeric, "1/3", "#### 0.3333333333333333").score, 0.0);
  EXPECT_EQ(score_one(*numeric, "100000000000000000000000001", "#### 100000000000000000000000000").score, 0.0);
  EXPECT_EQ(score_one(*numeric, "0.1", "#### 1/10").score, 1.0);
}

TEST(Numeric, ThreeOutcomes) {
  const auto numeric = rule("numeric");
  EXPECT_EQ(score_one(*numeric, "5", "").outcome, Outcome::scored);
  EXPECT_EQ(score_one(*numeric, "5", "").detail, "no answer found");
  EXPECT_EQ(score_one(*numeric, "5", "6").detail, "expected 5, got 6");
  const RewardComponent unusable = score_one(*numeric, "five", "5");
  EXPECT_EQ(unusable.outcome, Outcome::skipped);
  EXPECT_EQ(unusable.detail, "reference 'five' is not a number");
  EXPECT_EQ(score_one(*numeric, "", "").outcome, Outcome::skipped);
  EXPECT_EQ(score_one(*rule("numeric", R"({"extraction": "strict"})"), "5", "it is 5").score, 0.0);
}

// Every GSM8K solution against its own answer; HONE_DATA_DIR is a folder with gsm8k/train.jsonl and gsm8k/test.jsonl.
TEST(Numeric, Gsm8kSolutionsScoreOne) {
  const char* folder = std::getenv("HONE_DATA_DIR");
  if (folder == nullptr) GTEST_SKIP() << "HONE_DATA_DIR is not set";
  const auto lenient = rule("numeric");
  const auto strict = rule("numeric", R"({"extraction": "strict"})");
  int rows = 0;
  for (const char* file : {"train.jsonl", "test.jsonl"})
    for_each_jsonl(std::filesystem::path(folder) / "gsm8k" / file, [&](const Json& row, std::size_t line) {
      const std::string answer = row.at("answer");
      const std::string gold = answer.substr(answer.rfind("#### ") + 5);
      EXPECT_EQ(score_one(*lenient, gold, answer).score, 1.0) << file << ":" << line;
      EXPECT_EQ(score_one(*strict, gold, "The answer is " + gold + ".").score, 1.0) << file << ":" << line;
      EXPECT_EQ(score_one(*lenient, gold, "so we get $" + gold + " dollars.").score, 1.0) << file << ":" << line;
      EXPECT_EQ(score_one(*lenient, gold, "#### " + gold + "1").score, 0.0) << file << ":" << line;
      ++rows;
    });
  EXPECT_EQ(rows, 7473 + 1319);
}

}  // namespace
}  // namespace hone
