#include "rl/learner.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "policy/policy.h"
#include "policy/torch.h"
#include "rl/grpo_loss.h"
#include "rl/micro_batch.h"
#include "rl/trained_policy.h"

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
        trained_(model, weights, config.model, config.optim, config.run.max_steps, config.threads),
        policy_(trained_.policy()) {
    if (config.grpo.beta > 0) reference_ = std::make_unique<Policy>(model, weights, policy_options(config.model, config.optim, false));
  }

  void step(std::span<const Group> groups, int64_t step, Metrics& metrics) {
    const StepWork work = plan_work(groups, {.keep_zero_advantage = config_.grpo.beta > 0,
                                             .mask_truncated_completions = config_.grpo.mask_truncated_completions,
                                             .max_rows = config_.optim.max_tokens_per_micro_batch});
    const std::vector<at::Tensor> old = old_logprobs(work);
    const double rate = trained_.rate(step);
    LossMetrics loss_metrics;
    LogprobDifference difference;
    double loss = 0.0, norm = 0.0;
    for (int64_t iteration = 0; iteration < config_.grpo.num_iterations; ++iteration) {
      loss_metrics = {};
      loss = backward(work, old, loss_metrics, iteration == 0 ? &difference : nullptr);
      norm = trained_.update(rate);
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
    metrics.set_integer("learner/skipped_updates", trained_.skipped_updates());
    trained_.check_progress(step);
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

  TrainConfig config_;
  GrpoLossConfig loss_config_;
  TrainedPolicy trained_;
  Policy& policy_;
  std::unique_ptr<Policy> reference_;
};

Learner::Learner(const ModelConfig& model, std::span<const WeightView> weights, const TrainConfig& config)
    : impl_(std::make_unique<Impl>(model, weights, config)) {}
Learner::~Learner() = default;

void Learner::step(std::span<const Group> groups, int64_t step, Metrics& metrics) { impl_->step(groups, step, metrics); }

std::vector<WeightView> Learner::weights() const { return impl_->trained_.weights(); }
std::vector<WeightView> Learner::moments() const { return impl_->trained_.moments(); }
void Learner::save(TrainerState& state) const { impl_->trained_.save(state); }
void Learner::restore(const Checkpoint& checkpoint) { impl_->trained_.restore(checkpoint); }

}  // namespace hone
