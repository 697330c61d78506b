#include "rl/config.h"

#include <gtest/gtest.h>

#include "proto/base/json.h"
#include "tests/rl/expect_error.h"
#include "tests/rl/temporary_folder.h"

namespace hone {
namespace {

constexpr const char* kMinimal = R"({
  // a comment
  "model": {"path": "m"}, "data": {"train_file": "d.jsonl"}, "rewards": {"functions": [{"name": "exact_match"}]}
})";

TrainConfig load(const TemporaryFolder& folder, const std::string& text, const std::vector<std::string>& overrides = {}) {
  return load_train_config(folder.write("c.json", text), overrides);
}

TEST(Config, PathsAreRelativeToTheFile) {
  const TemporaryFolder folder;
  const TrainConfig config = load(folder, kMinimal);
  EXPECT_EQ(config.model.path, (folder.path() / "m").string());
  EXPECT_EQ(config.data.train_file, (folder.path() / "d.jsonl").string());
  EXPECT_EQ(config.run.output_dir, "runs/run");
}

TEST(Config, DefaultsAreTrlsWhereTheyExist) {
  const TrainConfig c;
  EXPECT_EQ(c.grpo.loss_type, "dapo");
  EXPECT_EQ(c.grpo.scale_rewards, "group");
  EXPECT_EQ(c.grpo.epsilon, 0.2);
  EXPECT_EQ(c.grpo.beta, 0.0);
  EXPECT_EQ(c.grpo.num_generations, 8);
  EXPECT_EQ(c.grpo.num_iterations, 1);
}

TEST(Config, OverridesComeLastAndPathsInThemAreAsGiven) {
  const TemporaryFolder folder;
  const TrainConfig c = load(folder, kMinimal,
                             {"grpo.epsilon_high=0.28", "model.path=elsewhere", "rollout.workers=[\"127.0.0.1:1\"]", "threads=1"});
  EXPECT_EQ(c.grpo.epsilon_high, 0.28);
  EXPECT_EQ(c.model.path, "elsewhere");
  EXPECT_EQ(c.rollout.workers, std::vector<std::string>{"127.0.0.1:1"});
  EXPECT_EQ(c.threads, 1);
}

TEST(Config, DumpedConfigLoadsToTheSame) {
  const TemporaryFolder folder;
  const TrainConfig c = load(folder, kMinimal, {"sampling.stop=[\"a\",\"\\n\"]", "grpo.delta=4", "optim.learning_rate=3e-4"});
  const std::string dumped = to_json(c).dump();
  EXPECT_EQ(to_json(train_config_from_json(Json::parse(dumped), "again")).dump(), dumped);
}

TEST(Config, ErrorsNamePathAndLimit) {
  const TemporaryFolder folder;
  const auto code = ErrorCode::invalid_argument;
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.epsilon_hgih=0.3"}), code, "/grpo/epsilon_hgih: unknown key; did you mean epsilon_high?");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"gpro.beta=0.3"}), code, "/gpro: unknown key; did you mean grpo?");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.num_generations=\"8\"", "grpo.beta=x"}), code, "/grpo/num_generations: expected an integer, found a string");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.num_generations=1"}), code, "/grpo/num_generations: 1 is out of range: must be >= 2");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.num_generations=2.5"}), code, "expected an integer");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.loss_type=dappo"}), code, "unknown value 'dappo'; did you mean dapo?");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"sampling.top_p=0"}), code, "/sampling/top_p: 0 is out of range: must be > 0 and <= 1");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"optim.learning_rate=-1"}), code, "must be > 0");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"data=3"}), code, "/data: expected an object, found an integer");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"run.max_steps"}), code, "expected section.key=value");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"eval.every=5"}), code, "needs /eval/file");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"run.seed=99999999999999999999"}), code, "/run/seed");
  EXPECT_HONE_ERROR(load(folder, "{\"run\": {}}"), code, "/model/path: required");
  EXPECT_HONE_ERROR(load(folder, "{\n  \"run\": {,}\n}"), code, "c.json:2:11: not valid JSON");
  EXPECT_HONE_ERROR(load(folder, "[]"), code, "expected an object, found an array");
  EXPECT_HONE_ERROR(load_train_config(folder.path() / "absent.json", {}), ErrorCode::not_found, "absent.json");
}

TEST(Config, HelpListsEveryKeyOfTheDump) {
  TrainConfig defaults;
  const std::string help = config_help([&](ConfigVisitor& v) { visit(v, defaults); }, false);
  const auto dumped = to_json(defaults);
  for (const auto& [section, value] : dumped.items()) {
    if (!value.is_object()) continue;
    for (const auto& [key, unused] : value.items()) EXPECT_NE(help.find("  " + section + "." + key + " ("), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace hone
