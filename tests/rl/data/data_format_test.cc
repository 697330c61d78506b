#include "rl/data/data_format.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rewards/rewarder.h"
#include "rl/dataset.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

const std::string kPublished = std::string(HONE_SOURCE_DIR) + "/tests/data/published/";
const std::string kCode = std::string(HONE_SOURCE_DIR) + "/tests/data/code/";

DataSection format(const std::string& name) {
  DataSection fields;
  fields.format = name;
  return fields;
}

/// Scores the published solution of each row by the format's rule; gives the rows that do not reach 1.
std::vector<std::string> unsolved(const std::string& name, const std::string& file) {
  const DataFormat& f = data_format(name);
  const auto rewarder = make_local_rewarder(parse_json(f.rewards, name), name);
  std::vector<std::string> out;
  for_each_jsonl(file, [&](Json row, std::size_t line) {
    f.adapt(row, file);
    Group group;
    group.problem = read_problem(row, line, file, format(name));
    group.completions.resize(1);
    group.completions[0].text = f.solution(row, file);
    group.completions[0].finish_reason = FinishReason::stop_token;
    rewarder->score(group);
    const Reward& reward = group.completions[0].reward;
    if (reward.outcome != Outcome::scored || reward.score != 1.0) out.push_back(group.problem.id + " " + reward.components[0].detail);
  });
  return out;
}

TEST(DataFormat, PublishedSolutionsScoreOneByTheFittingRule) {
  EXPECT_EQ(unsolved("gsm8k", kPublished + "gsm8k.jsonl"), std::vector<std::string>{});
  EXPECT_EQ(unsolved("svamp", kPublished + "svamp.json"), std::vector<std::string>{});
  EXPECT_EQ(unsolved("math", kPublished + "math.jsonl"), std::vector<std::string>{});
  EXPECT_EQ(unsolved("aqua", kPublished + "aqua.jsonl"), std::vector<std::string>{});
}

TEST(DataFormat, Gsm8k) {
  const Problem p = read_problems(kPublished + "gsm8k.jsonl", format("gsm8k"), 1).at(0);
  EXPECT_TRUE(p.prompt.starts_with("Janet\xE2\x80\x99s ducks lay 16 eggs per day.")) << p.prompt;
  EXPECT_EQ(p.reference, "18");
  EXPECT_EQ(p.id, "1");
  Json row{{"question", "How much?"}, {"answer", "It is 48/2 = <<48/2=24>>24 clips.\n#### 1,024"}};
  EXPECT_EQ(data_format("gsm8k").solution(row, ""), "It is 48/2 = 24 clips.\n#### 1,024");
  EXPECT_EQ(read_problem(row, 3, "f:3", format("gsm8k")).reference, "1,024");
  row["answer"] = "24";
  EXPECT_HONE_ERROR(read_problem(row, 3, "f:3", format("gsm8k")), ErrorCode::invalid_argument, "f:3: field 'answer' has no \"####\"");
}

TEST(DataFormat, SvampIsAJsonArray) {
  const auto problems = read_problems(kPublished + "svamp.json", format("svamp"), 0);
  ASSERT_EQ(problems.size(), 4u);
  EXPECT_EQ(problems[0].prompt,
            "Each pack of dvds costs 76 dollars. If there is a discount of 25 dollars on each pack, How much do you have to pay to buy each pack?");
  EXPECT_EQ(problems[0].reference, "51");
  EXPECT_EQ(problems[0].id, "chal-1");
  EXPECT_EQ(problems[0].task, "Subtraction");
}

TEST(DataFormat, MathTakesTheAnswerOrTheLastBox) {
  std::vector<Json> rows;
  for_each_jsonl(kPublished + "math.jsonl", [&](const Json& row, std::size_t) { rows.push_back(row); });
  ASSERT_EQ(rows.size(), 8u);
  for (Json row : rows) {
    const Problem with = read_problem(row, 1, "f:1", format("math"));
    row.erase("answer");
    EXPECT_EQ(read_problem(row, 1, "f:1", format("math")).reference, with.reference);
    EXPECT_EQ(with.task, row["type"]);
  }
  EXPECT_HONE_ERROR(read_problem(Json{{"problem", "1+1"}, {"solution", "2"}}, 4, "f:4", format("math")), ErrorCode::invalid_argument, "\\boxed{}");
}

TEST(DataFormat, AquaShowsItsOptions) {
  const Problem p = read_problems(kPublished + "aqua.jsonl", format("aqua"), 1).at(0);
  EXPECT_NE(p.prompt.find("\nA)"), std::string::npos) << p.prompt;
  EXPECT_NE(p.prompt.find("\nE)"), std::string::npos);
  EXPECT_EQ(p.reference.size(), 1u);
}

TEST(DataFormat, CodeSetsKeepWhatTheRuleNeeds) {
  const Problem h = read_problems(kCode + "humaneval/HumanEval.jsonl", format("humaneval"), 1).at(0);
  EXPECT_EQ(h.id, "HumanEval/0");
  EXPECT_TRUE(h.prompt.starts_with("from typing import List"));
  const Json kept = Json::parse(h.metadata_json);
  for (const char* field : {"prompt", "test", "entry_point"}) EXPECT_TRUE(kept.contains(field)) << field;
  const Problem m = read_problems(kCode + "mbpp/mbpp.jsonl", format("mbpp"), 1).at(0);
  EXPECT_EQ(m.id, "1");
  EXPECT_NE(m.prompt.find("\nYour code should pass these tests:\nassert min_cost("), std::string::npos) << m.prompt;
  EXPECT_TRUE(Json::parse(m.metadata_json).contains("test_list"));
}

TEST(DataFormat, TemplatesUseTheAddedFieldsAndTheRowsOwn) {
  DataSection fields = format("svamp");
  fields.prompt_template = "[{Type}] {prompt}\nAnswer:";
  EXPECT_TRUE(read_problems(kPublished + "svamp.json", fields, 1)[0].prompt.starts_with("[Subtraction] Each pack"));
  EXPECT_HONE_ERROR(data_format("gsm8"), ErrorCode::invalid_argument, "did you mean gsm8k?");
}

TEST(Rows, ArraysAndGzipReadAsLinesDo) {
  const TemporaryFolder folder;
  const std::string array = folder.write("a.json", "[ {\"a\": \"], }\"} ,\n{\"a\":[1,{\"b\":\"\\\"]\"}]},{\"a\":3}\n]\n");
  std::vector<std::string> rows;
  for_each_jsonl(array, [&](const Json& row, std::size_t n) { rows.push_back(std::to_string(n) + row.dump()); });
  EXPECT_EQ(rows, (std::vector<std::string>{"1{\"a\":\"], }\"}", "2{\"a\":[1,{\"b\":\"\\\"]\"}]}", "3{\"a\":3}"}));
  const auto read = [](const std::string& file) { for_each_jsonl(file, [](const Json&, std::size_t) {}); };
  EXPECT_HONE_ERROR(read(folder.write("b.json", "[{},")), ErrorCode::invalid_argument, "b.json:2: the array does not end");
  EXPECT_HONE_ERROR(read(folder.write("c.json", "[{},]")), ErrorCode::invalid_argument, "c.json:2: not valid JSON");

  const std::string packed = (folder.path() / "d.jsonl.gz").string();
  gzFile out = gzopen(packed.c_str(), "wb");
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "{\"n\":" + std::to_string(i * 7919 % 20011) + "}\n";
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
  int64_t count = 0;
  for_each_jsonl(packed, [&](const Json& row, std::size_t n) { count += row["n"] == static_cast<int64_t>(n - 1) * 7919 % 20011; });
  EXPECT_EQ(count, 20000);
  const std::string whole = read_file(packed);
  EXPECT_HONE_ERROR(read(folder.write("cut.jsonl.gz", whole.substr(0, whole.size() / 2) )), ErrorCode::data_loss, "cannot be read to its end");
}

}  // namespace
}  // namespace hone
