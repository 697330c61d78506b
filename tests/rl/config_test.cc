#include "rl/config.h"

#include <gtest/gtest.h>

#include "proto/base/json.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

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

TEST(Config, SettingsOfTheAlgorithmThatDoNotGoTogetherAreRefused) {
  const TemporaryFolder folder;
  const auto code = ErrorCode::invalid_argument;
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.loss_type=cispo"}), code, "/grpo/epsilon_high must be set for loss_type cispo");
  EXPECT_EQ(load(folder, kMinimal, {"grpo.loss_type=cispo", "grpo.epsilon_high=5"}).grpo.loss_type, "cispo");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.sync_ref_model=true"}), code, "/grpo/sync_ref_model");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.steps_per_generation=9"}), code, "/grpo/steps_per_generation: 9");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.advantage_estimator=rloo", "grpo.multi_objective_aggregation=normalize_then_sum"}), code,
                    "/grpo/multi_objective_aggregation");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.sampler_importance_sampling=token_mask", "grpo.sampler_is_clip_max=null"}), code,
                    "/grpo/sampler_is_clip_max");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"rollout.weight_storage=int8"}), code, "/rollout/weight_storage: int8");
  EXPECT_EQ(load(folder, kMinimal, {"rollout.weight_storage=int8", "grpo.sampler_importance_sampling=token_truncate", "grpo.sampler_is_clip_max=2"})
                .rollout.weight_storage,
            "int8");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"rollout.in_flight_updates=true"}), code, "set /rollout/max_staleness to 1 or more");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"rollout.in_flight_updates=true", "rollout.max_staleness=1", "grpo.sampler_importance_sampling=none"}), code,
                    "/grpo/sampler_importance_sampling");
  EXPECT_TRUE(load(folder, kMinimal, {"rollout.in_flight_updates=true", "rollout.max_staleness=1"}).rollout.in_flight_updates);
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.sampler_is_clip_max=0.5"}), code, "/grpo/sampler_is_clip_max");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"dynamic_sampling.min_mean=0.9", "dynamic_sampling.max_mean=0.1"}), code, "/dynamic_sampling/min_mean: 0.9");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"curriculum.min_pass_rate=0.9"}), code, "/curriculum/min_pass_rate: 0.9");
}

TEST(Config, EverySettingOfTheLossReachesIt) {
  const TemporaryFolder folder;
  const TrainConfig c = load(folder, kMinimal, {"grpo.loss_type=vespo", "grpo.importance_sampling_level=sequence", "grpo.epsilon=0.1", "grpo.epsilon_high=0.3",
                                                "grpo.delta=2", "grpo.beta=0.5", "grpo.use_bias_correction_kl=false", "grpo.mask_truncated_completions=true",
                                                "grpo.top_entropy_quantile=0.2", "grpo.entropy_coef=0.01", "grpo.off_policy_mask_threshold=0.6",
                                                "grpo.sampler_importance_sampling=sequence_mask", "grpo.sampler_is_clip_max=4", "grpo.sampler_is_clip_min=0.25",
                                                "grpo.sapo_temperature_pos=1.5", "grpo.sapo_temperature_neg=1.6", "grpo.vespo_k_pos=4", "grpo.vespo_lambda_pos=5",
                                                "grpo.vespo_k_neg=6", "grpo.vespo_lambda_neg=7"});
  const GrpoLossConfig l = loss_config(c.grpo, 77);
  EXPECT_EQ(l.loss_type, LossType::vespo);
  EXPECT_EQ(l.importance_sampling_level, ImportanceSamplingLevel::sequence);
  EXPECT_EQ(l.epsilon, 0.1);
  EXPECT_EQ(l.epsilon_high, 0.3);
  EXPECT_EQ(l.delta, 2.0);
  EXPECT_EQ(l.beta, 0.5);
  EXPECT_FALSE(l.use_bias_correction_kl);
  EXPECT_TRUE(l.mask_truncated_completions);
  EXPECT_EQ(l.max_completion_length, 77);
  EXPECT_EQ(l.top_entropy_quantile, 0.2);
  EXPECT_EQ(l.entropy_coef, 0.01);
  EXPECT_EQ(l.off_policy_mask_threshold, 0.6);
  EXPECT_EQ(l.sampler_importance_sampling, SamplerCorrection::sequence_mask);
  EXPECT_EQ(l.sampler_is_clip_max, 4.0);
  EXPECT_EQ(l.sampler_is_clip_min, 0.25);
  EXPECT_EQ(l.sapo_temperature_pos, 1.5);
  EXPECT_EQ(l.sapo_temperature_neg, 1.6);
  EXPECT_EQ(l.vespo.k_pos, 4.0);
  EXPECT_EQ(l.vespo.lambda_pos, 5.0);
  EXPECT_EQ(l.vespo.k_neg, 6.0);
  EXPECT_EQ(l.vespo.lambda_neg, 7.0);
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
    for (const auto& [key, inner] : value.items()) {
      if (inner.is_object()) {
        for (const auto& [part, unused] : inner.items()) EXPECT_NE(help.find("  " + section + "." + key + "." + part + " ("), std::string::npos) << part;
        continue;
      }
      EXPECT_NE(help.find("  " + section + "." + key + " ("), std::string::npos) << key;
    }
  }
}

}  // namespace
}  // namespace hone
