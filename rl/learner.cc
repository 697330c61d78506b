#include "rl/learner.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "policy/policy.h"
#include "policy/torch.h"
#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/base/thread_pool.h"
#include "rl/adamw.h"
#include "rl/grpo_loss.h"
#include "rl/high_entropy.h"
#include "rl/lr_schedule.h"
#include "rl/micro_batch.h"
#include "rl/reference_policy.h"

namespace hone {
namespace {

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

/// The share of a step that one update learns from, with what is fixed before the step's first update.
struct Update {
  StepWork work;
  double token_divisor = 0;                     // of the loss types that divide by the step's tokens
  std::vector<at::Tensor> old_logprobs;         // one a micro-batch; undefined = on-policy
  std::vector<at::Tensor> reference_logprobs;   // one a micro-batch; undefined = no KL term
};

/// What the updates of one pass over a step's completions say, added up.
struct PassStats {
  LossMetrics loss_metrics;
  SamplerMetrics sampler;
  double loss = 0, grad_norm = 0, updates = 0;
};

std::vector<double> host_values(const at::Tensor& values) {
  const at::Tensor host = values.detach().to(at::kCPU, at::kDouble).contiguous();
  return {host.const_data_ptr<double>(), host.const_data_ptr<double>() + host.numel()};
}

/// A view of the sampler's values; they must outlive it.
at::Tensor sampler_tensor(const std::vector<float>& values, const at::Device& device) {
  return at::from_blob(const_cast<float*>(values.data()), {static_cast<int64_t>(values.size())}, at::kFloat).to(device);
}

}  // namespace

struct Learner::Impl {
  Impl(const ModelConfig& model, std::span<const WeightView> weights, const TrainConfig& config)
      : config_(config),
        loss_config_(loss_config(config.grpo, config.sampling.max_completion_length)),
        schedule_(schedule_config(config)),
        policy_(model, weights, policy_options(config, true)),
        optimizer_(policy_.parameters(), policy_.parameter_names(), adamw_config(config)) {
    if (config.grpo.beta > 0)
      reference_ = std::make_unique<ReferencePolicy>(model, weights, policy_options(config, false), config.grpo);
  }

  void step(std::span<const Group> groups, int64_t step, Metrics& metrics) {
    const std::vector<Update> updates = prepare_updates(groups);
    const double rate = schedule_.rate(step);
    PassStats first, last;
    for (int64_t iteration = 0; iteration < config_.grpo.num_iterations; ++iteration) {
      last = {};
      for (const Update& update_of_pass : updates) {
        last.loss += backward(update_of_pass, last);
        last.grad_norm += update(rate);
        last.updates += 1;
      }
      if (iteration == 0) first = last;
    }
    if (reference_) reference_->follow(policy_.parameters(), step + 1);
    report(updates, first, last, rate, metrics);
    if (skipped_in_a_row_ >= config_.optim.max_skipped_updates)
      throw Error(ErrorCode::failed_precondition,
                  "step " + std::to_string(step + 1) + ": the gradient was not finite " + std::to_string(skipped_in_a_row_) +
                      " times in a row (optim.max_skipped_updates); lower optim.learning_rate or check the rewards");
  }

  /// Cuts the step into its updates. Old log-probabilities are those before the first of several updates; with one update the
  /// detached current ones serve.
  std::vector<Update> prepare_updates(std::span<const Group> groups) {
    const int64_t count = config_.grpo.steps_per_generation;
    const WorkOptions options{.keep_zero_advantage = config_.grpo.needs_zero_advantages(),
                              .mask_truncated_completions = config_.grpo.mask_truncated_completions,
                              .max_rows = config_.optim.max_tokens_per_micro_batch};
    std::vector<Update> updates;
    double tokens = 0;
    for (int64_t i = 0; i < count; ++i) {
      const auto part = groups_of_update(groups, i, count);
      if (part.empty()) continue;
      updates.push_back({plan_work(part, options), 0, {}, {}});
      tokens += static_cast<double>(updates.back().work.tokens);
    }
    for (Update& update : updates) {
      const bool local = loss_config_.loss_type == LossType::bnpo;
      update.token_divisor = local ? static_cast<double>(update.work.tokens) : tokens / static_cast<double>(updates.size());
      for (const MicroBatch& micro : update.work.micro_batches) {
        update.old_logprobs.push_back(config_.grpo.updates() > 1 ? score_without_graph(micro, Entropies::none).logprobs : at::Tensor());
        update.reference_logprobs.push_back(reference_ ? reference_->logprobs(micro.batch, config_.sampling.temperature) : at::Tensor());
      }
    }
    return updates;
  }

  TokenScores score_without_graph(const MicroBatch& micro, Entropies entropies) {
    const at::NoGradGuard no_grad;
    return policy_.score(micro.batch, config_.sampling.temperature, entropies);
  }

  StepTotals totals_of(const Update& update) {
    StepTotals totals;
    totals.sequences = static_cast<double>(update.work.sequences);
    totals.tokens = update.token_divisor;
    totals.entropy_tokens = static_cast<double>(update.work.tokens);
    if (loss_config_.top_entropy_quantile < 1.0) {
      std::vector<double> entropies;
      for (const MicroBatch& micro : update.work.micro_batches) {
        const std::vector<double> values = host_values(score_without_graph(micro, Entropies::values).entropies);
        entropies.insert(entropies.end(), values.begin(), values.end());
      }
      const HighEntropy high = high_entropy(entropies, loss_config_.top_entropy_quantile);
      totals.entropy_threshold = high.threshold;
      totals.entropy_tokens = static_cast<double>(high.count);
    }
    return totals;
  }

  /// Leaves the update's gradient in the policy; returns its loss.
  double backward(const Update& update, PassStats& stats) {
    const StepTotals totals = totals_of(update);
    policy_.zero_grad();
    double loss = 0.0;
    for (std::size_t i = 0; i < update.work.micro_batches.size(); ++i) {
      const MicroBatch& micro = update.work.micro_batches[i];
      const TokenScores scores = policy_.score(micro.batch, config_.sampling.temperature,
                                               loss_config_.entropy_coef != 0 ? Entropies::with_gradient : Entropies::values);
      LossInputs inputs;
      inputs.logprobs = scores.logprobs;
      inputs.entropies = scores.entropies;
      inputs.old_logprobs = update.old_logprobs[i];
      inputs.reference_logprobs = update.reference_logprobs[i];
      inputs.sampling_logprobs = sampler_tensor(micro.sampling_logprobs, scores.logprobs.device());
      inputs.advantages = micro.advantages;
      inputs.sequence_begin = micro.batch.sequence_begin;
      const LossOutput output = grpo_loss(inputs, totals, loss_config_);
      output.loss.backward();
      loss += output.loss.item<double>();
      stats.loss_metrics.merge(output.metrics);
      stats.sampler.merge(output.sampler);
    }
    return loss;
  }

  void report(const std::vector<Update>& updates, const PassStats& first, const PassStats& last, double rate, Metrics& metrics) {
    const double count = std::max(1.0, last.updates);
    metrics.set("loss", last.loss / count);
    metrics.set("grad_norm", last.grad_norm / count);
    metrics.set("learning_rate", rate);
    for (const auto& [name, value] : last.loss_metrics.values(loss_config_.loss_type))
      metrics.set(name, name == "policy_loss" ? value / count : value);
    for (const auto& [name, value] : first.sampler.values(loss_config_.sampler_importance_sampling)) metrics.set(name, value);
    metrics.set("learner/mean_abs_log_ratio", last.loss_metrics.mean_abs_log_ratio());
    int64_t completions = 0, tokens = 0, rows = 0, micro_batches = 0;
    for (const Update& update : updates) {
      completions += update.work.trained_sequences;
      tokens += update.work.trained_tokens;
      rows += update.work.rows;
      micro_batches += static_cast<int64_t>(update.work.micro_batches.size());
    }
    metrics.set_integer("learner/trained_completions", completions);
    metrics.set_integer("learner/trained_tokens", tokens);
    metrics.set_integer("learner/rows", rows);
    metrics.set_integer("learner/micro_batches", micro_batches);
    metrics.set_integer("learner/skipped_updates", skipped_);
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
  std::unique_ptr<ReferencePolicy> reference_;  // with a KL term
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

std::vector<WeightView> Learner::reference() const {
  return impl_->reference_ && impl_->reference_->moves() ? impl_->reference_->weights() : std::vector<WeightView>();
}

void Learner::restore(const Checkpoint& checkpoint) {
  restore_parameters(impl_->policy_.parameter_names(), impl_->policy_.parameters(), checkpoint.parameters);
  if (impl_->reference_ && impl_->reference_->moves()) impl_->reference_->restore(checkpoint.reference);
  impl_->optimizer_.load_state(checkpoint.state.optimizer_step, checkpoint.moments.views());
  impl_->skipped_ = checkpoint.state.skipped_updates;
  impl_->skipped_in_a_row_ = checkpoint.state.skipped_in_a_row;
}

}  // namespace hone
