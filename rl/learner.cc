#include "rl/learner.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "policy/policy.h"
#include "policy/torch.h"
#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/base/thread_pool.h"
#include "rl/adamw.h"
#include "rl/grpo_loss.h"
#include "rl/lr_schedule.h"
#include "rl/micro_batch.h"

namespace hone {
namespace {

GrpoLossConfig loss_config(const TrainConfig& c) {
  GrpoLossConfig out;
  out.loss_type = loss_type_from_string(c.grpo.loss_type);
  out.importance_sampling_level = importance_sampling_level_from_string(c.grpo.importance_sampling_level);
  out.epsilon = c.grpo.epsilon;
  out.epsilon_high = c.grpo.epsilon_high;
  out.delta = c.grpo.delta;
  out.beta = c.grpo.beta;
  out.mask_truncated_completions = c.grpo.mask_truncated_completions;
  out.max_completion_length = c.sampling.max_completion_length;
  validate(out);
  return out;
}

AdamWConfig adamw_config(const TrainConfig& c) {
  AdamWConfig out;
  out.beta1 = c.optim.adam_beta1;
  out.beta2 = c.optim.adam_beta2;
  out.epsilon = c.optim.adam_epsilon;
  out.weight_decay = c.optim.weight_decay;
  return out;
}

LrScheduleConfig schedule_config(const TrainConfig& c) {
  LrScheduleConfig out;
  const bool warm_constant = c.optim.lr_scheduler_type == "constant" && c.optim.warmup_steps > 0;
  out.type = warm_constant ? LrSchedulerType::constant_with_warmup : lr_scheduler_type_from_string(c.optim.lr_scheduler_type);
  out.learning_rate = c.optim.learning_rate;
  out.num_warmup_steps = c.optim.warmup_steps;
  out.num_training_steps = c.run.max_steps;
  return out;
}

PolicyOptions policy_options(const TrainConfig& c, bool trained) {
  PolicyOptions out;
  out.device = c.model.device;
  const bool automatic = c.model.numerics == "auto";
  out.numerics = automatic ? (out.device == "cpu" ? Numerics::exact : Numerics::fast) : numerics_from_string(c.model.numerics);
  out.requires_grad = trained;
  out.activation_recomputation = trained && c.optim.gradient_checkpointing;
  return out;
}

/// |learner - sampler| over the trained tokens.
struct LogprobDifference {
  double sum = 0.0, max = 0.0;
  int64_t count = 0;

  void add(const at::Tensor& learner, std::span<const float> sampler) {
    const at::Tensor host = learner.detach().to(at::kCPU, at::kFloat).contiguous();
    const float* values = host.const_data_ptr<float>();
    for (std::size_t i = 0; i < sampler.size(); ++i) {
      const double d = std::fabs(double{values[i]} - double{sampler[i]});
      sum += d;
      max = std::max(max, d);
    }
    count += static_cast<int64_t>(sampler.size());
  }
};

}  // namespace

struct Learner::Impl {
  Impl(const ModelConfig& model, std::span<const WeightView> weights, const TrainConfig& config)
      : config_(config),
        loss_config_(loss_config(config)),
        schedule_(schedule_config(config)),
        policy_(model, weights, policy_options(config, true)),
        optimizer_(policy_.parameters(), policy_.parameter_names(), adamw_config(config)) {
    if (config.grpo.beta > 0) reference_ = std::make_unique<Policy>(model, weights, policy_options(config, false));
  }

  void step(std::span<const Group> groups, int64_t step, Metrics& metrics) {
    const StepWork work = plan_work(groups, {.keep_zero_advantage = config_.grpo.beta > 0,
                                             .mask_truncated_completions = config_.grpo.mask_truncated_completions,
                                             .max_rows = config_.optim.max_tokens_per_micro_batch});
    const std::vector<at::Tensor> old = old_logprobs(work);
    const double rate = schedule_.rate(step);
    LossMetrics loss_metrics;
    LogprobDifference difference;
    double loss = 0.0, norm = 0.0;
    for (int64_t iteration = 0; iteration < config_.grpo.num_iterations; ++iteration) {
      loss_metrics = {};
      loss = backward(work, old, loss_metrics, iteration == 0 ? &difference : nullptr);
      norm = update(rate);
    }
    metrics.set("loss", loss);
    metrics.set("grad_norm", norm);
    metrics.set("learning_rate", rate);
    for (const auto& [name, value] : loss_metrics.values(loss_config_.loss_type)) metrics.set(name, value);
    metrics.set("sampling/sampling_logp_difference/mean",
                difference.count > 0 ? difference.sum / static_cast<double>(difference.count) : 0.0);
    metrics.set("sampling/sampling_logp_difference/max", difference.max);
    metrics.set_integer("learner/trained_completions", work.trained_sequences);
    metrics.set_integer("learner/trained_tokens", work.trained_tokens);
    metrics.set_integer("learner/rows", work.rows);
    metrics.set_integer("learner/micro_batches", static_cast<int64_t>(work.micro_batches.size()));
    metrics.set_integer("learner/skipped_updates", skipped_);
    if (skipped_in_a_row_ >= config_.optim.max_skipped_updates)
      throw Error(ErrorCode::failed_precondition,
                  "step " + std::to_string(step + 1) + ": the gradient was not finite " + std::to_string(skipped_in_a_row_) +
                      " times in a row (optim.max_skipped_updates); lower optim.learning_rate or check the rewards");
  }

  /// Log-probabilities before the first of several updates; with one update the detached current ones serve.
  std::vector<at::Tensor> old_logprobs(const StepWork& work) {
    std::vector<at::Tensor> out(work.micro_batches.size());
    if (config_.grpo.num_iterations == 1) return out;
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = policy_.score(work.micro_batches[i].batch, config_.sampling.temperature, false).logprobs;
    return out;
  }

  double backward(const StepWork& work, const std::vector<at::Tensor>& old, LossMetrics& metrics, LogprobDifference* difference) {
    policy_.zero_grad();
    const StepTotals totals{work.sequences, work.tokens};
    double loss = 0.0;
    for (std::size_t i = 0; i < work.micro_batches.size(); ++i) {
      const MicroBatch& micro = work.micro_batches[i];
      LossInputs inputs;
      if (reference_) {
        const at::NoGradGuard no_grad;
        inputs.reference_logprobs = reference_->score(micro.batch, config_.sampling.temperature, false).logprobs;
      }
      const TokenScores scores = policy_.score(micro.batch, config_.sampling.temperature, true);
      inputs.logprobs = scores.logprobs;
      inputs.entropies = scores.entropies;
      inputs.old_logprobs = old[i];
      inputs.advantages = micro.advantages;
      inputs.sequence_begin = micro.batch.sequence_begin;
      const LossOutput output = grpo_loss(inputs, totals, loss_config_);
      output.loss.backward();
      loss += output.loss.item<double>();
      metrics.merge(output.metrics);
      if (difference) difference->add(scores.logprobs, micro.sampling_logprobs);
    }
    return loss;
  }

  /// Clips and applies the gradient; returns its norm.
  double update(double rate) {
    for (at::Tensor& p : policy_.parameters())
      if (!p.grad().defined()) p.mutable_grad() = at::zeros_like(p);
    const double limit = config_.optim.max_grad_norm;
    const double norm = clip_grad_norm(policy_.parameters(), limit > 0 ? std::optional<double>(limit) : std::nullopt);
    if (!std::isfinite(norm)) {
      skipped_ += 1;
      skipped_in_a_row_ += 1;
      log_warning("gradient norm is ", norm, ": update skipped (", skipped_in_a_row_, " in a row)");
      return norm;
    }
    skipped_in_a_row_ = 0;
    optimizer_.step(rate);
    return norm;
  }

  TrainConfig config_;
  GrpoLossConfig loss_config_;
  LrSchedule schedule_;
  Policy policy_;
  std::unique_ptr<Policy> reference_;
  AdamW optimizer_;
  int64_t skipped_ = 0;
  int64_t skipped_in_a_row_ = 0;
};

Learner::Learner(const ModelConfig& model, std::span<const WeightView> weights, const TrainConfig& config) {
  at::set_num_threads(config.threads > 0 ? static_cast<int>(config.threads) : available_threads());
  impl_ = std::make_unique<Impl>(model, weights, config);
}
Learner::~Learner() = default;

void Learner::step(std::span<const Group> groups, int64_t step, Metrics& metrics) { impl_->step(groups, step, metrics); }

std::vector<WeightView> Learner::weights() const { return impl_->policy_.weights(); }
std::vector<WeightView> Learner::moments() const { return impl_->optimizer_.state(); }

void Learner::save(TrainerState& state) const {
  state.optimizer_step = impl_->optimizer_.step_count();
  state.skipped_updates = impl_->skipped_;
  state.skipped_in_a_row = impl_->skipped_in_a_row_;
}

void Learner::restore(const Checkpoint& checkpoint) {
  const at::NoGradGuard no_grad;
  auto& parameters = impl_->policy_.parameters();
  const auto& names = impl_->policy_.parameter_names();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const WeightSet::Tensor& saved = checkpoint.parameters.at(names[i]);
    if (static_cast<int64_t>(saved.data.size()) != parameters[i].numel())
      throw Error(ErrorCode::data_loss, "checkpoint: " + names[i] + " has another size than the model's");
    const at::Tensor host = at::from_blob(const_cast<float*>(saved.data.data()), parameters[i].sizes(), at::kFloat);
    parameters[i].copy_(host);
  }
  impl_->optimizer_.load_state(checkpoint.state.optimizer_step, checkpoint.moments.views());
  impl_->skipped_ = checkpoint.state.skipped_updates;
  impl_->skipped_in_a_row_ = checkpoint.state.skipped_in_a_row;
}

}  // namespace hone
