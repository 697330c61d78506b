#include "rl/trained_policy.h"

#include <cmath>

#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/base/thread_pool.h"
#include "rl/reference_policy.h"

namespace hone {
namespace {

AdamWConfig adamw_config(const OptimSection& optim) {
  AdamWConfig out;
  out.beta1 = optim.adam_beta1;
  out.beta2 = optim.adam_beta2;
  out.epsilon = optim.adam_epsilon;
  out.weight_decay = optim.weight_decay;
  return out;
}

LrScheduleConfig schedule_config(const OptimSection& optim, int64_t max_steps) {
  LrScheduleConfig out;
  const bool warm_constant = optim.lr_scheduler_type == "constant" && optim.warmup_steps > 0;
  out.type = warm_constant ? LrSchedulerType::constant_with_warmup : lr_scheduler_type_from_string(optim.lr_scheduler_type);
  out.learning_rate = optim.learning_rate;
  out.num_warmup_steps = optim.warmup_steps;
  out.num_training_steps = max_steps;
  out.min_lr_rate = optim.min_lr_rate;
  return out;
}

}  // namespace

PolicyOptions policy_options(const ModelSection& model, const OptimSection& optim, bool trained) {
  PolicyOptions out;
  out.device = model.device;
  const bool automatic = model.numerics == "auto";
  out.numerics = automatic ? (out.device == "cpu" ? Numerics::exact : Numerics::fast) : numerics_from_string(model.numerics);
  out.requires_grad = trained;
  out.activation_recomputation = trained && optim.gradient_checkpointing;
  return out;
}

TrainedPolicy::TrainedPolicy(const ModelConfig& config, std::span<const WeightView> weights, const ModelSection& model,
                             const OptimSection& optim, int64_t max_steps, int64_t threads)
    : optim_(optim),
      schedule_(schedule_config(optim, max_steps)),
      policy_(config, weights, policy_options(model, optim, true)),
      optimizer_(policy_.parameters(), policy_.parameter_names(), adamw_config(optim)) {
  at::set_num_threads(threads > 0 ? static_cast<int>(threads) : available_threads());
}

double TrainedPolicy::update(double rate) {
  for (at::Tensor& p : policy_.parameters())
    if (!p.grad().defined()) p.mutable_grad() = at::zeros_like(p);
  const double norm = grad_norm(policy_.parameters());
  if (!std::isfinite(norm)) {
    skipped_ += 1;
    skipped_in_a_row_ += 1;
    log_warning("gradient norm is ", norm, ": update skipped (", skipped_in_a_row_, " in a row)");
    return norm;
  }
  skipped_in_a_row_ = 0;
  const double limit = optim_.max_grad_norm;
  optimizer_.step(rate, limit > 0 ? clip_factor(norm, limit) : 1.0);
  policy_.zero_grad();  // their memory is free while completions are generated
  return norm;
}

void TrainedPolicy::check_progress(int64_t step) const {
  if (skipped_in_a_row_ < optim_.max_skipped_updates) return;
  throw Error(ErrorCode::failed_precondition,
              "step " + std::to_string(step + 1) + ": the gradient was not finite " + std::to_string(skipped_in_a_row_) +
                  " times in a row (optim.max_skipped_updates); lower optim.learning_rate or check the rewards");
}

std::vector<WeightView> TrainedPolicy::weights() const { return policy_.weights(); }
std::vector<WeightView> TrainedPolicy::moments() const { return optimizer_.state(); }

void TrainedPolicy::save(TrainerState& state) const {
  state.optimizer_step = optimizer_.step_count();
  state.skipped_updates = skipped_;
  state.skipped_in_a_row = skipped_in_a_row_;
}

void TrainedPolicy::restore(const Checkpoint& checkpoint) {
  restore_parameters(policy_.parameter_names(), policy_.parameters(), checkpoint.parameters);
  optimizer_.load_state(checkpoint.state.optimizer_step, checkpoint.moments.views());
  skipped_ = checkpoint.state.skipped_updates;
  skipped_in_a_row_ = checkpoint.state.skipped_in_a_row;
}

}  // namespace hone
