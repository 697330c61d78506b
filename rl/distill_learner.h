// On-policy distillation: one optimizer step from the student's own completions.
//
//   loss = sum over the step's completion tokens of KL(student || teacher) at the token / number of tokens
//
// The divergence is exact over the vocabulary at each position; the samples are constants (no gradient through sampling), as in GKD
// (Agarwal et al. 2024, arXiv:2306.13649) with lambda 1 and beta 1. A group's prompt is computed once, without padding.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "policy/model_config.h"
#include "policy/weights.h"
#include "proto/base/trace.h"
#include "rl/distill_config.h"
#include "rl/flops.h"
#include "rl/learner_state.h"
#include "rl/metrics.h"

namespace hone {

class DistillLearner : public LearnerState {
 public:
  /// Copies both models' weights. Throws invalid_argument when the vocabularies differ in size.
  DistillLearner(const ModelConfig& model, std::span<const WeightView> weights, const ModelConfig& teacher,
                 std::span<const WeightView> teacher_weights, const DistillConfig& config);
  ~DistillLearner() override;

  /// One update from groups with completions. `step` (0-based) fixes the learning rate. Appends loss (= reverse KL, nats a token),
  /// entropy, grad_norm, learning_rate and work counts to `metrics`.
  void step(std::span<const Group> groups, int64_t step, Metrics& metrics);

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
