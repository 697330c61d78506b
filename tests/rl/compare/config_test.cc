#include "rl/compare/config.h"

#include <gtest/gtest.h>

#include "proto/base/json.h"
#include "rl/compare/plan.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

constexpr const char* kConfig = R"({
  "output_dir": "out", "seeds": 2, "first_seed": 5,
  "base": {"path": "model"},
  "budget": {"currency": "tokens", "same_as": "GRPO"},
  "arms": [
    {"name": "base", "kind": "prompt", "eval_set": {"data.prompt_template": "{prompt} think"}},
    {"name": "SFT on traces", "kind": "sft", "config": "sft.json", "set": {"data.train_file": "traces.jsonl", "run": {"max_steps": 7}}},
    {"name": "RFT", "kind": "rejection_sft", "config": "sft.json", "rejection": {"file": "train.jsonl", "num_generations": 3}},
    {"name": "GRPO", "kind": "grpo", "config": "train.json"}
  ],
  "eval": {"config": "train.json", "set": {"sampling.max_completion_length": 9}, "sets": [
    {"name": "harder", "file": "hard.jsonl", "role": "ood", "set": {"sampling.max_completion_length": 20}},
    {"name": "test", "file": "test.jsonl", "group_by": "operations"}]},
  "cost": {"usd_per_hour": 0.5}
})";

constexpr const char* kTrain = R"({"model": {"path": "model"}, "data": {"train_file": "train.jsonl"}, "sampling": {"stop": ["\n"]},
  "rewards": {"functions": [{"name": "numeric", "weight": 2.0}]}, "threads": 1})";

struct Files : TemporaryFolder {
  Files() {
    write("compare.json", kConfig);
    write("train.json", kTrain);
  }
  CompareConfig load(const std::vector<std::string>& overrides = {}) const { return load_compare_config(path() / "compare.json", overrides); }
  std::string at(const std::string& name) const { return (path() / name).string(); }
};

bool has(const CompareStage& stage, const std::string& argument) {
  return std::find(stage.arguments.begin(), stage.arguments.end(), argument) != stage.arguments.end();
}

TEST(CompareConfig, ReadsArmsAndSetsAndTakesPathsFromTheFilesFolder) {
  const Files files;
  const CompareConfig c = files.load();
  ASSERT_EQ(c.arms.size(), 4u);
  EXPECT_EQ(c.base_path, files.at("model"));
  EXPECT_EQ(c.arms[1].id, "sft-on-traces");
  EXPECT_EQ(c.arms[1].config, files.at("sft.json"));
  EXPECT_EQ(assignments(c.arms[1].set), (std::vector<std::string>{"data.train_file=\"" + files.at("traces.jsonl") + "\"", "run.max_steps=7"}));
  EXPECT_EQ(c.arms[2].rejection.file, files.at("train.jsonl"));
  EXPECT_EQ(c.held_out().name, "test");
  EXPECT_EQ(c.sets[0].role, SetRole::ood);
  EXPECT_EQ(files.load({"seeds=4"}).seeds, 4);
}

TEST(CompareConfig, RefusesWhatCannotWork) {
  const Files files;
  const auto expect = [&](const std::vector<std::string>& overrides, const std::string& part) {
    EXPECT_HONE_ERROR(files.load(overrides), ErrorCode::invalid_argument, part);
  };
  expect({"budgett={}"}, "/budgett: unknown key; did you mean budget?");
  expect({"arms=[{\"name\": \"a\", \"kind\": \"ppo\"}]"}, "/arms/0/kind: unknown value 'ppo'");
  expect({"arms=[{\"name\": \"!!\"}]"}, "/arms/0/name: required");
  expect({"arms=[{\"name\": \"a b\"}, {\"name\": \"A-B\"}]", "budget.same_as="}, "/arms/1/name: 'A-B' is taken");
  expect({"arms=[{\"name\": \"a\", \"kind\": \"grpo\"}]"}, "/arms/0/config: required: a config of hone train");
  expect({"arms=[{\"name\": \"a\", \"kind\": \"sft\", \"config\": \"c\", \"set\": {\"run.seed\": 1}}]"}, "/arms/0/set/run.seed: is set by the comparison");
  expect({"arms=[{\"name\": \"a\", \"kind\": \"sft\", \"config\": \"c\", \"set\": [1]}]"}, "/arms/0/set: expected an object");
  expect({"arms=[{\"name\": \"a\", \"kind\": \"rejection_sft\", \"config\": \"c\"}]"}, "/arms/0/rejection/file: required");
  expect({"arms=[]"}, "/arms: at least one");
  expect({"base.config=b.json"}, "/base: give one of path");
  expect({"budget.amount=5"}, "/budget: give one of amount and same_as");
  expect({"budget.same_as=base"}, "/budget/same_as: 'base' is not the name of a trained arm");
  expect({"budget.currency=usd", "cost.usd_per_hour=null"}, "/budget/currency: usd needs /cost/usd_per_hour");
  expect({"eval.sets=[{\"name\": \"a\", \"file\": \"f\", \"role\": \"skill\"}]"}, "/eval/sets: a set with role held_out");
  expect({"eval.num_generations=4"}, "/eval/num_generations: 4 greedy completions");
  expect({"eval.reasoning_pattern=\"(\""}, "(");
}

TEST(ComparePlan, TheArmThatSetsTheBudgetGoesFirst) {
  const Files files;
  const CompareConfig c = files.load();
  const std::vector<CompareStage> stages = plan_stages(c);
  std::vector<std::string> titles;
  for (const CompareStage& s : stages) titles.push_back(s.title);
  EXPECT_EQ(titles, (std::vector<std::string>{"GRPO, seed 5", "SFT on traces, seed 5", "RFT, seed 5, samples", "RFT, seed 5", "GRPO, seed 6", "SFT on traces, seed 6",
                                              "RFT, seed 6, samples", "RFT, seed 6"}));
  EXPECT_EQ(stages[0].arguments[0], "train");
  EXPECT_EQ(stages[0].folder, std::filesystem::path("out/arms/grpo/seed-5"));
  EXPECT_TRUE(has(stages[0], "run.seed=5"));
  EXPECT_TRUE(has(stages[0], "cost.usd_per_hour=0.5"));
  EXPECT_TRUE(has(stages[0], "model.path=\"" + files.at("model") + "\""));
}

TEST(ComparePlan, SamplesAreDrawnAsTheEvaluationAsks) {
  const Files files;
  const CompareStage samples = plan_stages(files.load())[2];
  EXPECT_EQ(samples.arguments[0], "generate");
  EXPECT_EQ(samples.arguments[1], files.at("model"));
  const auto value = [&](const std::string& flag) {
    const auto at = std::find(samples.arguments.begin(), samples.arguments.end(), flag);
    return at == samples.arguments.end() ? std::string("absent") : *(at + 1);
  };
  EXPECT_EQ(value("--n"), "3");
  EXPECT_EQ(value("--max-new-tokens"), "9");
  EXPECT_EQ(value("--stop"), "\n");
  EXPECT_EQ(value("--reward"), R"({"name":"numeric","weight":2.0})");
  EXPECT_EQ(value("--seed"), "5");
}

TEST(ComparePlan, ABaseThatIsTrainedComesFirstForEachSeed) {
  const Files files;
  const CompareConfig c = files.load({"base={\"config\": \"sft.json\", \"set\": {\"model.init\": \"scaled\"}}"});
  const std::vector<CompareStage> stages = plan_stages(c);
  EXPECT_EQ(stages.size(), 10u);
  EXPECT_EQ(stages[0].title, "base, seed 5");
  EXPECT_TRUE(has(stages[0], "model.init=\"scaled\""));
  EXPECT_TRUE(has(stages[1], "model.path=\"out/base/seed-5/final\""));
  EXPECT_EQ(seeds_of(c, c.arms[0]), (std::vector<int64_t>{5, 6}));
  EXPECT_EQ(seeds_of(files.load(), c.arms[0]), (std::vector<int64_t>{5}));  // a fixed base is one model
}

TEST(ComparePlan, AnArmsOverridesWinOverTheSetsAndTheComparisons) {
  const Files files;
  const CompareConfig c = files.load();
  EXPECT_EQ(eval_config_of(c, c.arms[1], nullptr).sampling.max_completion_length, 9);
  const TrainConfig hard = eval_config_of(c, c.arms[0], &c.sets[0]);
  EXPECT_EQ(hard.sampling.max_completion_length, 20);
  EXPECT_EQ(hard.data.prompt_template, "{prompt} think");
  EXPECT_EQ(hard.eval.file, files.at("hard.jsonl"));
  EXPECT_EQ(eval_config_of(c, c.arms[0], &c.sets[1]).data.task_field, "operations");
}

}  // namespace
}  // namespace hone
