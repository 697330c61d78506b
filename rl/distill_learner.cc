#include "rl/distill_learner.h"

#include "policy/policy.h"
#include "policy/torch.h"
#include "proto/base/error.h"
#include "rl/micro_batch.h"
#include "rl/trained_policy.h"

namespace hone {

struct DistillLearner::Impl {
  Impl(const ModelConfig& model, std::span<const WeightView> weights, const ModelConfig& teacher, std::span<const WeightView> teacher_weights,
       const DistillConfig& config)
      : common_(config.common),
        trained_(model, weights, common_.model, common_.optim, common_.run.max_steps, common_.threads),
        teacher_(teacher, teacher_weights, policy_options(common_.model, common_.optim, false)) {
    if (model.vocab_size != teacher.vocab_size)
      throw Error(ErrorCode::invalid_argument, "/distill/teacher: its vocabulary of " + std::to_string(teacher.vocab_size) +
                                                   " tokens is not the student's of " + std::to_string(model.vocab_size));
  }

  void step(std::span<const Group> groups, int64_t step, Metrics& metrics) {
    // Every completion is trained on; the advantages that the planner copies are not used.
    std::vector<Group> all(groups.begin(), groups.end());
    for (Group& g : all) g.advantages.assign(g.completions.size(), 1.0);
    const StepWork work = plan_work(all, {.keep_zero_advantage = true, .max_rows = common_.optim.max_tokens_per_micro_batch});
    Policy& student = trained_.policy();
    student.zero_grad();
    double loss = 0.0, surprise = 0.0;
    const auto tokens = static_cast<double>(std::max<int64_t>(1, work.trained_tokens));
    work_ = {};
    for (const MicroBatch& micro : work.micro_batches) {
      work_.add_training(student.config(), micro.batch);
      work_.add_forward(teacher_.config(), micro.batch);
      const at::Tensor kl = student.reverse_kl(micro.batch, teacher_, common_.sampling.temperature);
      (kl.sum() / tokens).backward();
      loss += kl.detach().sum(at::kDouble).item<double>() / tokens;
      for (const float logprob : micro.sampling_logprobs) surprise -= static_cast<double>(logprob);
    }
    const double rate = trained_.rate(step);
    const double norm = trained_.update(rate);
    metrics.set("loss", loss);
    metrics.set("distill/reverse_kl", loss);
    metrics.set("grad_norm", norm);
    metrics.set("learning_rate", rate);
    metrics.set("distill/sampling_surprise", surprise / tokens);
    metrics.set_integer("learner/trained_completions", work.trained_sequences);
    metrics.set_integer("learner/trained_tokens", work.trained_tokens);
    metrics.set_integer("learner/rows", work.rows);
    metrics.set_integer("learner/micro_batches", static_cast<int64_t>(work.micro_batches.size()));
    metrics.set_integer("learner/skipped_updates", trained_.skipped_updates());
    trained_.check_progress(step);
  }

  TrainConfig common_;
  LearnerWork work_;  // of the last step
  TrainedPolicy trained_;
  Policy teacher_;
};

DistillLearner::DistillLearner(const ModelConfig& model, std::span<const WeightView> weights, const ModelConfig& teacher,
                               std::span<const WeightView> teacher_weights, const DistillConfig& config)
    : impl_(std::make_unique<Impl>(model, weights, teacher, teacher_weights, config)) {}
DistillLearner::~DistillLearner() = default;

void DistillLearner::step(std::span<const Group> groups, int64_t step, Metrics& metrics) { impl_->step(groups, step, metrics); }

LearnerWork DistillLearner::work() const { return impl_->work_; }
std::vector<WeightView> DistillLearner::weights() const { return impl_->trained_.weights(); }
std::vector<WeightView> DistillLearner::moments() const { return impl_->trained_.moments(); }
void DistillLearner::save(TrainerState& state) const { impl_->trained_.save(state); }
void DistillLearner::restore(const Checkpoint& checkpoint) { impl_->trained_.restore(checkpoint); }

}  // namespace hone
