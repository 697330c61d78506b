// Whole runs of TRL's SFTTrainer, step by step (tests/reference/sft/SOURCE.md).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "policy/model_folder.h"
#include "proto/base/json.h"
#include "rl/sft_batches.h"
#include "rl/sft_learner.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

fs::path reference(const char* name) {
  const char* dir = std::getenv("HONE_REFERENCE_DIR");
  return fs::path(dir != nullptr ? dir : HONE_SOURCE_DIR "/tests/reference") / name;
}

SftConfig config_of(const Json& run) {
  const Json& optim = run.at("optim");
  SftConfig c;
  c.threads = 1;
  c.run.max_steps = static_cast<int64_t>(run.at("steps").size());
  c.sft.batch_size = run.at("batch_size");
  c.optim.learning_rate = optim.at("learning_rate");
  c.optim.lr_scheduler_type = optim.at("lr_scheduler_type");
  c.optim.warmup_steps = optim.at("warmup_steps");
  c.optim.weight_decay = optim.at("weight_decay");
  c.optim.adam_beta1 = optim.at("adam_beta1");
  c.optim.adam_beta2 = optim.at("adam_beta2");
  c.optim.max_grad_norm = optim.at("max_grad_norm");
  if (optim.contains("lr_scheduler_kwargs")) c.optim.min_lr_rate = optim.at("lr_scheduler_kwargs").at("min_lr_rate");
  return c;
}

std::vector<SftExample> examples_of(const Json& run) {
  std::vector<SftExample> out;
  for (const Json& row : run.at("rows")) {
    SftExample e;
    e.ids = row.at("input_ids").get<std::vector<int32_t>>();
    e.is_target = row.at("completion_mask").get<std::vector<uint8_t>>();
    if (!run.at("completion_only").get<bool>()) e.is_target.assign(e.ids.size(), 1);
    e.is_target.front() = 0;
    out.push_back(std::move(e));
  }
  return out;
}

void check(const Json& run) {
  const ModelFolder folder = open_model_folder(reference("models") / run.at("model").get<std::string>());
  const SftConfig config = config_of(run);
  const std::vector<SftExample> examples = examples_of(run);
  std::vector<int32_t> lengths;
  for (const SftExample& e : examples) lengths.push_back(static_cast<int32_t>(e.ids.size()));
  SftOrder order(lengths, {.batch_size = config.sft.batch_size, .shuffle = false});
  SftLearner learner(folder.config, load_weights(folder).views(), config);
  int64_t tokens = 0;
  for (std::size_t s = 0; s < run.at("steps").size(); ++s) {
    const Json& expected = run.at("steps")[s];
    const auto step = static_cast<int64_t>(s);
    std::vector<const SftExample*> batch;
    for (const uint32_t i : order.examples_of(step)) {
      batch.push_back(&examples[i]);
      tokens += lengths[i];
    }
    Metrics metrics;
    learner.step(batch, step, metrics);
    SCOPED_TRACE("step " + std::to_string(s));
    EXPECT_NEAR(metrics.get("loss"), expected.at("loss").get<double>(), 2e-4);
    EXPECT_NEAR(metrics.get("grad_norm"), expected.at("grad_norm").get<double>(), 1e-3 * expected.at("grad_norm").get<double>());
    EXPECT_NEAR(metrics.get("learning_rate"), expected.at("learning_rate").get<double>(), 1e-12);
    EXPECT_NEAR(order.epoch_after(step), expected.at("epoch").get<double>(), 1e-9);
    EXPECT_EQ(static_cast<double>(tokens), expected.at("num_tokens").get<double>());
    // TRL means each of these over the micro-batches of a step; equal to the mean over tokens when there is one.
    if (run.at("accumulation") == 1) {
      EXPECT_NEAR(metrics.get("entropy"), expected.at("entropy").get<double>(), 2e-4);
      EXPECT_NEAR(metrics.get("mean_token_accuracy"), expected.at("mean_token_accuracy").get<double>(), 1e-6);
    }
  }
  for (const WeightView& weight : learner.weights()) {
    for (const Json& p : run.at("parameters")) {
      if (p.at("name") != weight.name) continue;
      const double l2 = p.at("l2");
      double squares = 0.0;
      for (const float v : weight.data) squares += double{v} * double{v};
      // A key's bias hardly moves the softmax: AdamW scales its gradient, which is mostly rounding, up to whole steps.
      const double relative = weight.name.ends_with("k_proj.bias") ? 1e-3 : 1e-4;
      EXPECT_NEAR(std::sqrt(squares), l2, relative * l2) << weight.name;
      for (const Json& sample : p.at("samples"))
        EXPECT_NEAR(weight.data[sample[0].get<std::size_t>()], sample[1].get<double>(), 1e-3) << weight.name;
    }
  }
}

TEST(SftReference, EveryStepOfTrlsTrainer) {
  const fs::path file = reference("sft") / "cases.json";
  if (!fs::exists(file)) GTEST_SKIP() << "no " << file;
  int runs = 0;
  for (const Json& run : read_json_file(file)) {
    SCOPED_TRACE(run.at("name").get<std::string>());
    check(run);
    ++runs;
  }
  std::cout << runs << " runs\n";
  EXPECT_GT(runs, 0);
}

}  // namespace
}  // namespace hone
