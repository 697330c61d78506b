#include "rl/training_run.h"

#include <gtest/gtest.h>

#include "policy/model_folder.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

ModelConfig tiny_model() {
  ModelConfig m;
  m.model_type = "llama";
  m.vocab_size = 8;
  m.hidden_size = 4;
  m.intermediate_size = 4;
  m.num_hidden_layers = 1;
  m.num_attention_heads = 1;
  m.num_key_value_heads = 1;
  m.head_dim = 4;
  m.max_position_embeddings = 16;
  m.tie_word_embeddings = true;
  return m;
}

/// Adds one to every weight a step.
class CountingLearner : public LearnerState {
 public:
  CountingLearner() : weights_(random_weights(tiny_model(), 0.1, 1)) {}
  void step() {
    for (auto& t : weights_.tensors)
      for (float& v : t.data) v += 1.0f;
  }
  float first() const { return weights_.tensors[0].data[0]; }
  std::vector<WeightView> weights() const override { return weights_.views(); }
  std::vector<WeightView> moments() const override { return weights_.views(); }
  void save(TrainerState& state) const override { state.optimizer_step = state.step; }
  void restore(const Checkpoint& c) override { weights_ = c.parameters; }

 private:
  WeightSet weights_;
};

struct Harness {
  explicit Harness(const TemporaryFolder& folder, bool resume = false, std::optional<double> token_budget = {}) {
    TrainingRun::Settings settings;
    settings.run.budget.tokens = token_budget;
    settings.run.output_dir = (folder.path() / "run").string();
    settings.run.max_steps = 10;
    settings.checkpoint.every = 3;
    settings.checkpoint.best_metric = "loss";
    settings.evaluates = true;
    settings.eval_every = 4;
    save_model_folder(folder.path() / "model", tiny_model(), random_weights(tiny_model(), 0.1, 1).views(), "float32", "");
    model.folder = open_model_folder(folder.path() / "model");
    model.fingerprint = "f";
    run = std::make_unique<TrainingRun>(settings, resume, stop);
    run->attach(learner, model, weights_digest(random_weights(tiny_model(), 0.1, 1).views()), OrderedJson::object());
  }
  int go(int stop_at = -1) {
    return run->run(
        [&] {
          learner.step();
          run->state().step += 1;
          Metrics metrics;
          run->charge({.learner_tokens = 10, .learner_flops = 7.0, .seconds = 2.0}, metrics);
          run->folder().metrics().write_line("{\"step\":" + std::to_string(run->state().step) + "}");
          if (run->state().step == stop_at) stop = true;
          return true;
        },
        [&]() -> std::optional<double> {
          evaluated.push_back(run->state().step);
          return run->state().step == 8 ? 2.0 : 1.0;
        });
  }
  CountingLearner learner;
  OpenModel model;
  std::atomic<bool> stop{false};
  std::unique_ptr<TrainingRun> run;
  std::vector<int64_t> evaluated;
};

TEST(TrainingRun, EvaluatesSavesKeepsTheBestAndExportsTheLast) {
  const TemporaryFolder folder;
  Harness h(folder);
  EXPECT_EQ(h.go(), 0);
  EXPECT_EQ(h.evaluated, (std::vector<int64_t>{0, 4, 8, 10}));
  const float start = random_weights(tiny_model(), 0.1, 1).tensors[0].data[0];
  EXPECT_FLOAT_EQ(load_weights(open_model_folder(folder.path() / "run/best")).tensors[0].data[0], start + 8.0f);
  EXPECT_FLOAT_EQ(load_weights(open_model_folder(folder.path() / "run/final")).tensors[0].data[0], start + 10.0f);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "run/checkpoints/step-000010/COMPLETE"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "run/checkpoints/step-000003"));  // checkpoint.keep is 2
}

TEST(TrainingRun, AStopSavesAndAResumedRunGoesOnFromThere) {
  const TemporaryFolder folder;
  {
    Harness h(folder);
    EXPECT_EQ(h.go(5), 75);
  }
  Harness h(folder, true);
  EXPECT_EQ(h.run->state().step, 5);
  EXPECT_EQ(h.go(), 0);
  EXPECT_EQ(h.evaluated, (std::vector<int64_t>{8, 10}));
  EXPECT_EQ(read_file(folder.path() / "run/metrics.jsonl"),
            "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n{\"step\":4}\n{\"step\":5}\n{\"step\":6}\n{\"step\":7}\n{\"step\":8}\n{\"step\":9}\n{\"step\":10}\n");
}

TEST(TrainingRun, ABudgetEndsTheRunLikeItsLastStep) {
  const TemporaryFolder folder;
  {
    Harness h(folder, false, 65);
    EXPECT_EQ(h.go(2), 75);
  }
  Harness h(folder, true, 65);
  EXPECT_EQ(h.run->state().cost.tokens(), 20);
  EXPECT_EQ(h.go(), 0);
  EXPECT_EQ(h.evaluated, (std::vector<int64_t>{4, 7}));  // 70 tokens, with step 7, reach 65
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "run/checkpoints/step-000007/COMPLETE"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "run/final/model.safetensors"));
  const Json cost = read_json_file(folder.path() / "run/cost.json");
  EXPECT_EQ(cost["steps"], 7);
  EXPECT_EQ(cost["budget_reached"], true);
  EXPECT_EQ(cost["cost"]["tokens"], 70);
  EXPECT_EQ(cost["cost"]["flops"], 49.0);
  EXPECT_EQ(cost["cost"]["seconds"], 14.0);
}

TEST(TrainingRun, AStepWithoutDataEndsTheRunWithWhatThereIs) {
  const TemporaryFolder folder;
  Harness h(folder);
  int steps = 0;
  EXPECT_EQ(h.run->run(
                [&] {
                  if (steps == 4) return false;
                  h.run->state().step = ++steps;
                  return true;
                },
                [] { return std::nullopt; }),
            0);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "run/final/model.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "run/checkpoints/step-000004/COMPLETE"));
}

TEST(TrainingRun, ACheckpointOfAnotherModelIsRefused) {
  const TemporaryFolder folder;
  {
    Harness h(folder);
    h.go(3);
  }
  TrainingRun::Settings settings;
  settings.run.output_dir = (folder.path() / "run").string();
  const std::atomic<bool> stop{false};
  TrainingRun run(settings, true, stop);
  CountingLearner learner;
  OpenModel model;
  model.fingerprint = "other";
  EXPECT_HONE_ERROR(run.attach(learner, model, "d", OrderedJson::object()), ErrorCode::failed_precondition, "was made from another model");
}

}  // namespace
}  // namespace hone
