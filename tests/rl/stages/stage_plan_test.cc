#include "rl/stages/stage_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

constexpr const char* kPlan = R"({
  "output_dir": "out",
  "stages": [
    {"name": "first", "kind": "sft", "config": "sft.json", "set": {"run.max_steps": 5, "sampling.stop": ["a", "@/b"]}},
    {"name": "rows", "kind": "generate", "inputs": ["@first/final"], "options": {"file": "@/p.jsonl", "n": 4, "repeats": true, "chat": false,
                                                                               "reward": [{"name": "numeric"}, "format"]}},
    {"name": "second", "kind": "train", "config": "sub/rl.json", "set": {"model.path": "@first/final", "data.train_file": "@rows/rows.jsonl"}}
  ]
})";

class StagePlanTest : public testing::Test {
 protected:
  StagePlanTest() {
    folder_.write("sft.json", "{}");
    folder_.write("sub/rl.json", "{}");
  }
  StagePlan load(const std::string& text, const std::vector<std::string>& overrides = {}) {
    return load_stage_plan(folder_.write("p.json", text), overrides);
  }
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }

  TemporaryFolder folder_;
};

using Arguments = std::vector<std::string>;

TEST_F(StagePlanTest, MakesEachStagesCommand) {
  const StagePlan plan = load(kPlan, {"first.run.max_steps=7", "rows.n=2", "second.threads=1"});
  ASSERT_EQ(plan.stages.size(), 3u);
  EXPECT_EQ(plan.stages[0].arguments,
            (Arguments{"sft", at("sft.json"), "--set", "run.max_steps=5", "--set", "sampling.stop=[\"a\",\"" + at("b") + "\"]", "--set",
                       "run.max_steps=7", "--set", "run.output_dir=out/first", "--resume"}));
  EXPECT_EQ(plan.stages[1].arguments, (Arguments{"generate", "out/first/final", "--file", at("p.jsonl"), "--n", "2", "--repeats", "--reward",
                                                 R"({"name":"numeric"})", "--reward", "format", "--output", "out/rows/rows.jsonl"}) )
      << to_text(plan);
  EXPECT_EQ(plan.stages[2].arguments,
            (Arguments{"train", at("sub/rl.json"), "--set", "data.train_file=\"out/rows/rows.jsonl\"", "--set", "model.path=\"out/first/final\"", "--set",
                       "threads=1", "--set", "run.output_dir=out/second", "--resume"}));
  EXPECT_EQ(plan.stages[2].folder, "out/second");
  EXPECT_EQ(load(kPlan, {"output_dir=elsewhere"}).stages[1].folder, "elsewhere/rows");
}

TEST_F(StagePlanTest, IdentityChangesWithWhatAStageComputes) {
  const auto identities = [&](const std::vector<std::string>& overrides) {
    std::vector<std::string> out;
    for (const Stage& stage : load(kPlan, overrides).stages) out.push_back(stage.identity);
    return out;
  };
  const auto base = identities({});
  EXPECT_EQ(identities({}), base);
  const auto later = identities({"second.run.seed=2"});
  EXPECT_EQ(later[0], base[0]);
  EXPECT_EQ(later[1], base[1]);
  EXPECT_NE(later[2], base[2]);
  const auto first = identities({"first.run.seed=2"});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NE(first[i], base[i]) << "a stage's inputs are part of it";
  folder_.write("sub/rl.json", "{ }");
  EXPECT_EQ(identities({})[1], base[1]);
  EXPECT_NE(identities({})[2], base[2]) << "and so is its configuration";
}

TEST_F(StagePlanTest, ErrorsNameTheStageAndTheField) {
  const auto code = ErrorCode::invalid_argument;
  const auto stages = [](const std::string& text) { return "{\"output_dir\": \"o\", \"stages\": [" + text + "]}"; };
  EXPECT_HONE_ERROR(load("{\"stages\": []}"), code, "/output_dir: required");
  EXPECT_HONE_ERROR(load(stages("")), code, "/stages: an array of at least one stage");
  EXPECT_HONE_ERROR(load(stages(R"({"name": "a", "kind": "sft", "cofnig": "sft.json"})")), code, "/stages/0/cofnig: unknown key; did you mean config?");
  EXPECT_HONE_ERROR(load(stages(R"({"name": "a", "kind": "sftt"})")), code, "/stages/0/kind");
  EXPECT_HONE_ERROR(load(stages(R"({"name": "a"})")), code, "/stages/0/kind: required");
  EXPECT_HONE_ERROR(load(stages(R"({"name": "../a", "kind": "sft", "config": "sft.json"})")), code, "/stages/0/name");
  EXPECT_HONE_ERROR(load(stages(R"({"name": "a", "kind": "sft", "config": "none.json"})")), ErrorCode::not_found, "none.json");
  EXPECT_HONE_ERROR(load(stages(R"({"name": "a", "kind": "generate", "config": "sft.json"})")), code, "takes inputs and options");
  const std::string twice = R"({"name": "a", "kind": "sft", "config": "sft.json"})";
  EXPECT_HONE_ERROR(load(stages(twice + "," + twice)), code, "is an earlier stage's too");
  EXPECT_HONE_ERROR(load(stages(twice + R"(, {"name": "b", "kind": "sft", "config": "sft.json", "set": {"model.path": "@aa/final"}})")), code,
                    "/stages/1/set/model.path: \"@aa/final\": no earlier stage is called aa; did you mean a?");
  EXPECT_HONE_ERROR(load(kPlan, {"secnd.run.seed=2"}), code, "no stage of that name; did you mean second?");
  EXPECT_HONE_ERROR(load(kPlan, {"seed=2"}), code, "STAGE.section.key=value");
}

}  // namespace
}  // namespace hone
