#include "rl/sft_config.h"

#include <gtest/gtest.h>

#include "proto/base/json.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

constexpr const char* kMinimal = R"({"model": {"path": "m"}, "data": {"train_file": "d.jsonl"}})";

SftConfig load(const TemporaryFolder& folder, const std::string& text, const std::vector<std::string>& overrides = {}) {
  return load_sft_config(folder.write("c.json", text), overrides);
}

TEST(SftConfig, DefaultsAreTrlsAndPathsAreRelativeToTheFile) {
  const TemporaryFolder folder;
  const SftConfig c = load(folder, R"({"model": {"path": "m"}, "data": {"train_file": "d.jsonl"}, "eval": {"loss_file": "h.jsonl"}})");
  EXPECT_EQ(c.model.path, (folder.path() / "m").string());
  EXPECT_EQ(c.eval.loss_file, (folder.path() / "h.jsonl").string());
  EXPECT_EQ(c.sft.max_length, 1024);
  EXPECT_EQ(c.sft.batch_size, 8);
  EXPECT_FALSE(c.sft.packing);
  EXPECT_TRUE(c.sft.completion_only_loss);
  EXPECT_EQ(c.checkpoint.best_metric, "loss");
}

TEST(SftConfig, DumpedConfigLoadsToTheSame) {
  const TemporaryFolder folder;
  const SftConfig c = load(folder, kMinimal, {"sft.packing=true", "model.init=scaled", "optim.lr_scheduler_type=cosine_with_min_lr", "optim.min_lr_rate=0.1"});
  const std::string dumped = to_json(c).dump();
  EXPECT_EQ(to_json(load(folder, dumped)).dump(), dumped);
}

TEST(SftConfig, ErrorsNamePathAndReason) {
  const TemporaryFolder folder;
  const auto code = ErrorCode::invalid_argument;
  EXPECT_HONE_ERROR(load(folder, R"({"data": {"train_file": "d"}})"), code, "/model/path: required");
  EXPECT_HONE_ERROR(load(folder, R"({"model": {"path": "m"}})"), code, "/data/train_file: required");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"sft.pakcing=true"}), code, "/sft/pakcing: unknown key; did you mean packing?");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"sft.overlong=cut"}), code, "/sft/overlong: unknown value 'cut'");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"sft.max_length=1"}), code, "/sft/max_length: 1 is out of range: must be >= 2");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"eval.every=5"}), code, "/eval/every: 5 needs /eval/loss_file or /eval/file");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"eval.file=p.jsonl"}), code, "/eval/file: needs /rewards/functions");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"checkpoint.best_metric=reward"}), code, "/checkpoint/best_metric: reward needs /eval/file");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"optim.min_lr_rate=0.1"}), code, "/optim/min_lr_rate: needs /optim/lr_scheduler_type cosine_with_min_lr");
  EXPECT_HONE_ERROR(load(folder, kMinimal, {"grpo.beta=1"}), code, "/grpo: unknown key");
}

TEST(SftConfig, GenerationTakesTheSharedSections) {
  const TemporaryFolder folder;
  const SftConfig c = load(folder, kMinimal, {"eval.file=p.jsonl", "rewards.functions=[{\"name\":\"exact_match\"}]", "eval.prompt_field=q",
                                              "sampling.max_completion_length=7", "run.seed=3", "data.add_special_tokens=true"});
  const TrainConfig t = c.generation();
  EXPECT_EQ(t.eval.file, "p.jsonl");
  EXPECT_EQ(t.data.prompt_field, "q");
  EXPECT_TRUE(t.data.add_special_tokens);
  EXPECT_EQ(t.sampling.max_completion_length, 7);
  EXPECT_EQ(t.run.seed, 3);
  EXPECT_EQ(t.rewards.functions.text, c.rewards.functions.text);
}

}  // namespace
}  // namespace hone
