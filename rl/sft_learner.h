// Supervised training: one optimizer step from examples, and the same loss without a step on held-out ones.
//
//   loss = - sum over targets of log p(target | the example before it) / number of targets of the step
//
// The divisor is that of the whole step, so that the sum over micro-batches is the loss of one big batch. Examples are packed without
// padding; attention stays within an example.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "policy/model_config.h"
#include "policy/weights.h"
#include "rl/flops.h"
#include "rl/learner_state.h"
#include "rl/metrics.h"
#include "rl/sft_config.h"
#include "rl/sft_data.h"

namespace hone {

/// Means over target tokens.
struct SftScores {
  double loss = 0.0;                  // nats
  double mean_token_accuracy = 0.0;   // share of targets that have the largest logit
  double entropy = 0.0;               // nats
  int64_t targets = 0;
};

class SftLearner : public LearnerState {
 public:
  /// Copies `weights`.
  SftLearner(const ModelConfig& model, std::span<const WeightView> weights, const SftConfig& config);
  ~SftLearner() override;

  /// One update. `step` (0-based) fixes the learning rate. Appends loss, mean_token_accuracy, entropy, grad_norm, learning_rate and
  /// work counts to `metrics`. Throws failed_precondition when optim.max_skipped_updates non-finite gradients came in a row.
  void step(std::span<const SftExample* const> examples, int64_t step, Metrics& metrics);

  /// Scores without learning.
  SftScores evaluate(std::span<const SftExample* const> examples);

  /// What the last step computed.
  LearnerWork work() const;

  std::vector<WeightView> weights() const override;
  std::vector<WeightView> moments() const override;
  void save(TrainerState& state) const override;
  void restore(const Checkpoint& checkpoint) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hone
