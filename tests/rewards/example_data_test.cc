// The committed example data: counts, uniqueness, no held-out problem in training, references right by recomputation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rewards/answer_extraction.h"
#include "rewards/expression.h"
#include "rewards/text.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

const std::filesystem::path kExamples = std::filesystem::path(HONE_SOURCE_DIR) / "examples";

std::vector<Json> read_rows(const std::string& file) {
  std::vector<Json> rows;
  for_each_jsonl(kExamples / file, [&](const Json& row, std::size_t) { rows.push_back(row); });
  return rows;
}

std::vector<Json> joined(std::vector<Json> a, const std::vector<Json>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::set<std::string> values(const std::vector<Json>& rows, const char* field) {
  std::set<std::string> out;
  for (const Json& row : rows) out.insert(row.at(field).get<std::string>());
  return out;
}

/// Ids and prompts are unique over both files, so nothing held out is trained on.
void expect_unique(const std::vector<Json>& train, const std::vector<Json>& test) {
  const std::vector<Json> all = joined(train, test);
  EXPECT_EQ(values(all, "id").size(), all.size());
  EXPECT_EQ(values(all, "prompt").size(), all.size());
}

TEST(ArithmeticData, AllProblemsOnceAndRight) {
  const auto train = read_rows("smollm2/data/arithmetic_train.jsonl");
  const auto test = read_rows("smollm2/data/arithmetic_test.jsonl");
  EXPECT_EQ(train.size(), 11995u);
  EXPECT_EQ(test.size(), 200u);
  expect_unique(train, test);
  const auto integer = rule("integer_answer");
  std::map<std::string, int> tasks;
  for (const Json& row : joined(train, test)) {
    const std::string prompt = row.at("prompt");
    int a = 0, b = 0;
    char op = 0;
    ASSERT_EQ(std::sscanf(prompt.c_str(), "<|im_start|>user\nWhat is %d %c %d?", &a, &op, &b), 3) << prompt;
    const std::string sum = std::to_string(a) + " " + op + " " + std::to_string(b);
    EXPECT_EQ(prompt, "<|im_start|>user\nWhat is " + sum + "?<|im_end|>\n<|im_start|>assistant\n" + sum + " =");
    EXPECT_TRUE(a >= 10 && a <= 99 && b >= 10 && b <= 99 && (op == '+' || a >= b));
    EXPECT_EQ(row.at("task"), op == '+' ? "sum" : "difference");
    EXPECT_EQ(score_one(*integer, row.at("reference"), " " + std::to_string(op == '+' ? a + b : a - b)).score, 1.0);
    ++tasks[row.at("task")];
  }
  EXPECT_EQ(tasks["sum"], 8100);
  EXPECT_EQ(tasks["difference"], 4095);
}

TEST(ArithmeticData, MirroredSumsAreInTraining) {
  const auto train = values(read_rows("smollm2/data/arithmetic_train.jsonl"), "id");
  int sums = 0;
  int mirrored = 0;
  for (const std::string& id : values(read_rows("smollm2/data/arithmetic_test.jsonl"), "id")) {
    if (!id.starts_with("sum-")) continue;
    ++sums;
    mirrored += static_cast<int>(train.count("sum-" + id.substr(7) + "-" + id.substr(4, 2)));
  }
  EXPECT_EQ(sums, 135);
  EXPECT_EQ(mirrored, 135);  // as examples/smollm2/data/SOURCE.md says
}

/// Distinct lower-case words of an SVAMP row's body.
std::set<std::string> body_words(const Json& row) {
  const std::string prompt = row.at("prompt");
  const std::size_t end = prompt.rfind(row.at("question").get<std::string>() + "<|im_end|>");
  const std::size_t begin = std::string("<|im_start|>user\n").size();
  std::set<std::string> words;
  std::string word;
  for (char c : lower(prompt.substr(begin, end - begin)) + " ") {
    if (is_letter(c)) {
      word += c;
    } else if (!word.empty()) {
      words.insert(word);
      word.clear();
    }
  }
  return words;
}

TEST(SvampData, ReferencesAreRight) {
  const auto train = read_rows("smollm2/data/svamp_train.jsonl");
  const auto test = read_rows("smollm2/data/svamp_test.jsonl");
  EXPECT_EQ(train.size(), 800u);
  EXPECT_EQ(test.size(), 200u);
  expect_unique(train, test);
  EXPECT_EQ(values(joined(train, test), "task"),
            (std::set<std::string>{"Addition", "Common-Division", "Multiplication", "Subtraction"}));
  const auto expression = rule("expression");
  const auto numeric = rule("numeric");
  std::vector<std::string> wrong_upstream;
  for (const Json& row : joined(train, test)) {
    const std::string reference = row.at("reference");
    EXPECT_TRUE(row.at("prompt").get<std::string>().ends_with(row.at("question").get<std::string>() +
                                                              "<|im_end|>\n<|im_start|>assistant\nEquation:"));
    EXPECT_EQ(score_one(*numeric, reference, reference).score, 1.0);
    if (score_one(*expression, reference, row.at("equation")).score != 1.0) wrong_upstream.push_back(row.at("id"));
  }
  EXPECT_EQ(wrong_upstream, std::vector<std::string>{"chal-680"});
}

TEST(SvampData, NoTestBodyResemblesATrainingBody) {
  std::vector<std::set<std::string>> train;
  for (const Json& row : read_rows("smollm2/data/svamp_train.jsonl")) train.push_back(body_words(row));
  double largest = 0.0;
  for (const Json& row : read_rows("smollm2/data/svamp_test.jsonl")) {
    const std::set<std::string> words = body_words(row);
    for (const auto& other : train) {
      std::vector<std::string> common;
      std::set_intersection(words.begin(), words.end(), other.begin(), other.end(), std::back_inserter(common));
      const auto shared = static_cast<double>(common.size());
      largest = std::max(largest, shared / (static_cast<double>(words.size() + other.size()) - shared));
    }
  }
  EXPECT_LT(largest, 0.5);
  EXPECT_GT(largest, 0.4);  // the words were found
}

TEST(DigitCompletionData, ProgressionsAreRightAndHeldOutWhole) {
  const auto train = read_rows("digit_completion/data/train.jsonl");
  const auto test = read_rows("digit_completion/data/test.jsonl");
  EXPECT_EQ(train.size(), 800u);
  EXPECT_EQ(test.size(), 100u);
  expect_unique(train, test);
  const auto progression = [](const Json& row) { return row.at("prompt").get<std::string>().substr(0, 3); };
  std::set<std::string> held_out;
  for (const Json& row : test) held_out.insert(progression(row));
  EXPECT_EQ(held_out.size(), 10u);
  for (const Json& row : train) EXPECT_FALSE(held_out.count(progression(row))) << row;
  for (const Json& row : joined(train, test)) {
    int a = 0, b = 0, modulus = 0, count = 0;
    ASSERT_EQ(std::sscanf(row.at("prompt").get<std::string>().c_str(), "%d,%d:%d,%d<sep>", &a, &b, &modulus, &count),
              4);
    std::string answer;
    int term = b;
    for (int i = 0; i < count; ++i) {
      term = ((term + b - a) % modulus + modulus) % modulus;
      answer += (i > 0 ? "," : "") + std::to_string(term);
    }
    EXPECT_EQ(row.at("reference"), answer) << row;
    EXPECT_EQ(row.at("prompt"), std::to_string(a) + "," + std::to_string(b) + ":" + std::to_string(modulus) + "," +
                                    std::to_string(count) + "<sep>");
  }
}

TEST(DigitCompletionData, TokenizerFollowsTheAlphabet) {
  const Json config = read_json_file(kExamples / "digit_completion/model/tokenizer_config.json");
  const Json tokenizer = read_json_file(kExamples / "digit_completion/model/tokenizer.json");
  const Json& vocabulary = tokenizer.at("model").at("vocab");
  EXPECT_EQ(vocabulary.size(), 16u);
  EXPECT_EQ(vocabulary.at("<sep>"), 0);
  int id = 4;
  for (const Json& code : config.at("char_ords"))
    EXPECT_EQ(vocabulary.at(std::string(1, static_cast<char>(code.get<int>()))), id++);
  EXPECT_EQ(id, 16);
}

}  // namespace
}  // namespace hone
