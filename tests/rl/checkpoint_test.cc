#include "rl/checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

struct Fixture {
  std::vector<float> weight{1.5f, -2.25f, 3e-30f, 0.0f};
  std::vector<float> moment{0.1f, 0.2f, 0.3f, 0.4f};
  std::vector<WeightView> parameters() const { return {{"w", {2, 2}, weight}}; }
  std::vector<WeightView> moments() const { return {{"exp_avg.w", {2, 2}, moment}, {"exp_avg_sq.w", {2, 2}, moment}}; }
  TrainerState state(int64_t step) const {
    TrainerState s;
    s.step = step;
    s.optimizer_step = step - 1;
    s.policy_version = static_cast<uint64_t>(step) + 1;
    s.skipped_updates = 1;
    s.num_tokens = 12345;
    s.elapsed_s = 1.0 / 3.0;
    s.evaluated_step = 2;
    s.best_value = 0.1;
    s.best_step = 2;
    s.metrics_bytes = 77;
    s.completions_bytes = 88;
    s.model_fingerprint = "f";
    s.start_weights_digest = "d";
    s.problems = {41, {{7, 19, true}, {4000000000u, 20, false}}};
    s.monitor = {3, 5, 1.0 / 3.0, 1e-17, {0, 4}};
    return s;
  }
};

TEST(Checkpoint, ComesBackBitForBit) {
  const TemporaryFolder folder;
  const Fixture f;
  save_checkpoint(folder.path(), f.state(3), f.parameters(), f.moments(), 2);
  const auto newest = newest_checkpoint(folder.path());
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->filename(), "step-000003");
  const Checkpoint c = load_checkpoint(*newest);
  EXPECT_EQ(c.state.step, 3);
  EXPECT_EQ(c.state.optimizer_step, 2);
  EXPECT_EQ(c.state.policy_version, 4u);
  EXPECT_EQ(c.state.elapsed_s, 1.0 / 3.0);
  EXPECT_EQ(c.state.best_value, 0.1);
  EXPECT_EQ(c.state.evaluated_step, 2);
  EXPECT_EQ(c.state.completions_bytes, 88);
  EXPECT_EQ(c.parameters.at("w").data, f.weight);
  EXPECT_EQ(c.moments.at("exp_avg_sq.w").data, f.moment);
  EXPECT_TRUE(c.reference.tensors.empty());
  EXPECT_EQ(c.state.problems.position, 41);
  ASSERT_EQ(c.state.problems.resting.size(), 2u);
  EXPECT_EQ(c.state.problems.resting[1].problem, 4000000000u);
  EXPECT_EQ(c.state.problems.resting[1].until, 20);
  EXPECT_TRUE(c.state.problems.resting[0].too_hard);
  EXPECT_EQ(c.state.monitor.no_spread_streak, 3);
  EXPECT_EQ(c.state.monitor.baseline_length, 1.0 / 3.0);
  EXPECT_EQ(c.state.monitor.baseline_entropy, 1e-17);
  EXPECT_EQ(c.state.monitor.reported, (std::vector<int64_t>{0, 4}));
}

TEST(Checkpoint, HoldsAReferencePolicyThatMoves) {
  const TemporaryFolder folder;
  const Fixture f;
  const std::vector<WeightView> reference{{"w", {2, 2}, f.moment}};
  save_checkpoint(folder.path(), f.state(3), f.parameters(), f.moments(), 2, reference);
  EXPECT_EQ(load_checkpoint(*newest_checkpoint(folder.path())).reference.at("w").data, f.moment);
}

TEST(Checkpoint, KeepsTheNewestAndIgnoresWhatIsNotComplete) {
  const TemporaryFolder folder;
  const Fixture f;
  for (int64_t step : {2, 4, 6}) save_checkpoint(folder.path(), f.state(step), f.parameters(), f.moments(), 2);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "step-000002"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "step-000004"));
  std::filesystem::remove(folder.path() / "step-000006" / "COMPLETE");  // as a kill before the marker would leave it
  std::filesystem::create_directories(folder.path() / "step-000009.partial");
  EXPECT_EQ(newest_checkpoint(folder.path())->filename(), "step-000004");
  save_checkpoint(folder.path(), f.state(6), f.parameters(), f.moments(), 1);
  EXPECT_EQ(newest_checkpoint(folder.path())->filename(), "step-000006");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "step-000004"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "step-000009.partial"));
}

TEST(Checkpoint, StepsSortByNumber) {
  const TemporaryFolder folder;
  const Fixture f;
  save_checkpoint(folder.path(), f.state(999999), f.parameters(), f.moments(), 3);
  save_checkpoint(folder.path(), f.state(1000000), f.parameters(), f.moments(), 3);
  EXPECT_EQ(newest_checkpoint(folder.path())->filename(), "step-1000000");
}

TEST(Checkpoint, DamageIsFound) {
  const TemporaryFolder folder;
  const Fixture f;
  save_checkpoint(folder.path(), f.state(1), f.parameters(), f.moments(), 1);
  const auto dir = folder.path() / "step-000001";
  std::ofstream(dir / "trainer_state.json", std::ios::app) << " ";
  EXPECT_HONE_ERROR(load_checkpoint(dir), ErrorCode::data_loss, "does not match trainer_state.json");
  save_checkpoint(folder.path(), f.state(1), f.parameters(), f.moments(), 1);
  std::filesystem::resize_file(dir / "optimizer" / "model.safetensors", 40);
  EXPECT_HONE_ERROR(load_checkpoint(dir), ErrorCode::data_loss, "optimizer");
}

TEST(Checkpoint, NoneInAnEmptyOrAbsentFolder) {
  const TemporaryFolder folder;
  EXPECT_FALSE(newest_checkpoint(folder.path()));
  EXPECT_FALSE(newest_checkpoint(folder.path() / "absent"));
}

}  // namespace
}  // namespace hone
