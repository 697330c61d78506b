// One optimizer step from scored groups: micro-batches -> loss -> gradients -> AdamW.
//
// Work is packed: a group's prompt is computed once for all its completions, there is no padding, and completions that cannot
// move the weights (advantage exactly 0 without a KL term, or masked out as truncated) cost nothing; they still count in the
// loss's denominators, which are those of the whole step, so that the sum over micro-batches is the loss of one big batch.
// A step is num_iterations passes of steps_per_generation updates; the ratio's denominator is the policy before the first of them.
// A non-finite gradient leaves weights and moments as they are and is counted.
//
// Thread rule: one thread. The policy's device is the config's; tensors of the step are made there.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "policy/model_config.h"
#include "policy/weights.h"
#include "proto/base/trace.h"
#include "rl/checkpoint.h"
#include "rl/config.h"
#include "rl/flops.h"
#include "rl/learner_state.h"
#include "rl/metrics.h"

namespace hone {

class Learner : public LearnerState {
 public:
  /// Copies `weights`; with grpo.beta > 0 also keeps them as the reference policy.
  Learner(const ModelConfig& model, std::span<const WeightView> weights, const TrainConfig& config);
  ~Learner() override;

  /// Trains on groups that have rewards and advantages; without groups nothing changes. `step` (0-based) fixes the learning rate. Appends to
  /// `metrics`: loss, grad_norm (means over the last pass's updates), learning_rate, clip ratios, kl, entropy, sampling_logp_difference,
  /// work counts. Throws failed_precondition when optim.max_skipped_updates non-finite gradients came in a row.
  void step(std::span<const Group> groups, int64_t step, Metrics& metrics);

  /// What the last step computed.
  LearnerWork work() const;

  std::vector<WeightView> weights() const override;
  std::vector<WeightView> moments() const override;
  std::vector<WeightView> reference() const override;
  void save(TrainerState& state) const override;
  void restore(const Checkpoint& checkpoint) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hone
