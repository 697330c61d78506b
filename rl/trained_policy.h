// A policy with its optimizer: what every kind of training shares of a learner. Gradients in, AdamW update out.
//
// A non-finite gradient leaves weights and moments as they are and is counted; optim.max_skipped_updates of them in a row end the
// run. Thread rule: one thread. Sets ATen's intra-op threads for the process.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policy/policy.h"
#include "rl/adamw.h"
#include "rl/config.h"
#include "rl/learner_state.h"
#include "rl/lr_schedule.h"

namespace hone {

/// Options of a policy on the run's device; `trained` false: frozen (a reference or a teacher).
PolicyOptions policy_options(const ModelSection& model, const OptimSection& optim, bool trained);

class TrainedPolicy : public LearnerState {
 public:
  /// `threads` 0 = all cores; `max_steps` is where the schedule ends.
  TrainedPolicy(const ModelConfig& config, std::span<const WeightView> weights, const ModelSection& model, const OptimSection& optim,
                int64_t max_steps, int64_t threads);

  Policy& policy() { return policy_; }
  /// Learning rate of a step (0-based).
  double rate(int64_t step) const { return schedule_.rate(step); }

  /// Clips the gradients of policy() and applies them; returns their norm before clipping.
  double update(double rate);
  int64_t skipped_updates() const { return skipped_; }
  /// Throws failed_precondition when optim.max_skipped_updates updates in a row were skipped; `step` (0-based) is named.
  void check_progress(int64_t step) const;

  std::vector<WeightView> weights() const override;
  std::vector<WeightView> moments() const override;
  void save(TrainerState& state) const override;
  void restore(const Checkpoint& checkpoint) override;

 private:
  OptimSection optim_;
  LrSchedule schedule_;
  Policy policy_;
  mutable AdamW optimizer_;  // state() lends views of the moments
  int64_t skipped_ = 0;
  int64_t skipped_in_a_row_ = 0;
};

}  // namespace hone
