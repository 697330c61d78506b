// Reference answers of public data sets equal themselves, also in a box, and so do GSM8K's worked solutions.
// A sample is in tests/data/math_answers. With HONE_DATA_DIR (a folder with math/, gsm8k/, svamp/, aqua/) all are read.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rewards/math/prose.h"
#include "rewards/math/spelling.h"
#include "tests/rewards/math_test_case.h"

namespace hone::math {
namespace {

struct Tally {
  int answers = 0, equal = 0, expressions = 0;
};

/// The answer as it stands, in the box of a response, and behind a sign, so that not the text but the two trees are compared.
void check(const std::string& answer, Tally& tally) {
  ++tally.answers;
  const Judgement plain = verify(answer, answer, Mode::answer, {});
  const Judgement boxed = verify(answer, "The answer is $\\boxed{" + answer + "}$.", Mode::response, {});
  const Judgement shown = verify(answer, "= " + answer, Mode::answer, {});
  const std::string form = plain_form(answer);
  const bool words = plain.gold_parsed.starts_with('"') || is_only_words(form) || number_word(form) >= 0;
  const bool equal = plain.verdict == Verdict::correct && boxed.verdict == Verdict::correct &&
                     (words || shown.verdict == Verdict::correct);
  EXPECT_TRUE(equal) << answer << ": " << plain.rule << ", " << boxed.rule << ", " << shown.rule;
  tally.equal += equal ? 1 : 0;
  tally.expressions += plain.gold_parsed.starts_with('"') ? 0 : 1;
}

void report(const char* name, const Tally& tally) {
  std::printf("%-24s %6d answers, %6d equal themselves, %6d read as expressions\n", name, tally.answers, tally.equal,
              tally.expressions);
}

TEST(MathData, SampleOfAnswers) {
  Tally tally;
  std::ifstream in(std::filesystem::path(HONE_SOURCE_DIR) / "tests/data/math_answers/answers.txt");
  for (std::string line; std::getline(in, line);) check(line, tally);
  report("sample", tally);
  EXPECT_GE(tally.answers, 1000);
  EXPECT_GE(tally.expressions * 100, tally.answers * 98);
}

class FullData : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("HONE_DATA_DIR");
    if (folder == nullptr) GTEST_SKIP() << "HONE_DATA_DIR is not set";
    folder_ = folder;
  }
  std::filesystem::path folder_;
};

TEST_F(FullData, Math) {
  Tally tally;
  int solutions = 0, solved = 0;
  for (const char* file : {"math/train_problems.jsonl", "math/solutions_extra.jsonl"}) {
    for_each_jsonl(folder_ / file, [&](const Json& row, std::size_t) {
      const std::string answer = row.at("answer").is_string() ? row.at("answer").get<std::string>() : "";
      if (answer.empty()) return;  // four problems have none
      check(answer, tally);
      if (!row.contains("solution")) return;
      ++solutions;
      solved += accepts(answer, row.at("solution").get<std::string>(), Mode::response) ? 1 : 0;
    });
  }
  report("MATH", tally);
  std::printf("%-24s %6d worked solutions, %6d accepted\n", "MATH", solutions, solved);
  EXPECT_EQ(tally.equal, tally.answers);
  EXPECT_GE(solved * 1000, solutions * 998);
}

TEST_F(FullData, Gsm8k) {
  Tally tally;
  int solutions = 0;
  for (const char* file : {"gsm8k/train.jsonl", "gsm8k/test.jsonl"}) {
    for_each_jsonl(folder_ / file, [&](const Json& row, std::size_t) {
      const std::string solution = row.at("answer");
      const std::string answer = solution.substr(solution.rfind("####") + 5);
      check(answer, tally);
      ++solutions;
      EXPECT_TRUE(accepts(answer, solution, Mode::response)) << solution;
    });
  }
  report("GSM8K", tally);
  EXPECT_EQ(solutions, 8792);
}

TEST_F(FullData, Svamp) {
  Tally tally;
  const Json rows = read_json_file(folder_ / "svamp/SVAMP.json");
  for (const Json& row : rows) check(row.at("Answer").dump(), tally);
  report("SVAMP", tally);
  EXPECT_EQ(tally.answers, 1000);
}

TEST_F(FullData, Aqua) {
  Tally letters, options;
  for (const char* file : {"aqua/dev.jsonl", "aqua/test.jsonl"}) {
    for_each_jsonl(folder_ / file, [&](const Json& row, std::size_t) {
      const std::string letter = row.at("correct");
      check(letter, letters);
      EXPECT_TRUE(accepts(letter, "The answer is " + letter + ".", Mode::mcq));
      for (const Json& option : row.at("options")) {
        const std::string text = option.get<std::string>();
        if (text.starts_with(letter) && text.size() > 2) check(text.substr(2), options);
      }
    });
  }
  report("AQuA letters", letters);
  report("AQuA options", options);
}

}  // namespace
}  // namespace hone::math
