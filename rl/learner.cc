#include "rl/learner.h"

#include <algorithm>
#include <memory>

#include "policy/policy.h"
#include "policy/torch.h"
#include "rl/grpo_loss.h"
#include "rl/high_entropy.h"
#include "rl/micro_batch.h"
#include "rl/reference_policy.h"
#include "rl/trained_policy.h"

namespace hone {
namespace {

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
        trained_(model, weights, config.model, config.optim, config.run.max_steps, config.threads),
        policy_(trained_.policy()) {
    if (config.grpo.beta > 0)
      reference_ = std::make_unique<ReferencePolicy>(model, weights, policy_options(config.model, config.optim, false), config.grpo);
  }

  void step(std::span<const Group> groups, int64_t step, Metrics& metrics) {
    work_ = {};
    const std::vector<Update> updates = prepare_updates(groups);
    const double rate = trained_.rate(step);
    PassStats first, last;
    for (int64_t iteration = 0; iteration < config_.grpo.num_iterations; ++iteration) {
      last = {};
      for (const Update& update_of_pass : updates) {
        last.loss += backward(update_of_pass, last);
        last.grad_norm += trained_.update(rate);
        last.updates += 1;
      }
      if (iteration == 0) first = last;
    }
    if (reference_) reference_->follow(policy_.parameters(), step + 1);
    report(updates, first, last, rate, metrics);
    trained_.check_progress(step);
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
        if (reference_) work_.add_forward(policy_.config(), micro.batch);
        update.reference_logprobs.push_back(reference_ ? reference_->logprobs(micro.batch, config_.sampling.temperature) : at::Tensor());
      }
    }
    return updates;
  }

  TokenScores score_without_graph(const MicroBatch& micro, Entropies entropies) {
    const at::NoGradGuard no_grad;
    work_.add_forward(policy_.config(), micro.batch);
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
      work_.add_training(policy_.config(), micro.batch);
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
    metrics.set_integer("learner/skipped_updates", trained_.skipped_updates());
  }

  TrainConfig config_;
  GrpoLossConfig loss_config_;
  TrainedPolicy trained_;
  Policy& policy_;
  LearnerWork work_;  // of the last step
  std::unique_ptr<ReferencePolicy> reference_;  // with a KL term
};

Learner::Learner(const ModelConfig& model, std::span<const WeightView> weights, const TrainConfig& config)
    : impl_(std::make_unique<Impl>(model, weights, config)) {}
Learner::~Learner() = default;

void Learner::step(std::span<const Group> groups, int64_t step, Metrics& metrics) { impl_->step(groups, step, metrics); }

LearnerWork Learner::work() const { return impl_->work_; }
std::vector<WeightView> Learner::weights() const { return impl_->trained_.weights(); }
std::vector<WeightView> Learner::moments() const { return impl_->trained_.moments(); }
void Learner::save(TrainerState& state) const { impl_->trained_.save(state); }

std::vector<WeightView> Learner::reference() const {
  return impl_->reference_ && impl_->reference_->moves() ? impl_->reference_->weights() : std::vector<WeightView>();
}

void Learner::restore(const Checkpoint& checkpoint) {
  impl_->trained_.restore(checkpoint);
  if (impl_->reference_ && impl_->reference_->moves()) impl_->reference_->restore(checkpoint.reference);
}

}  // namespace hone
