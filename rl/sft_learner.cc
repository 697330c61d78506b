#include "rl/sft_learner.h"

#include "policy/policy.h"
#include "policy/torch.h"
#include "rl/sft_batches.h"
#include "rl/trained_policy.h"

namespace hone {
namespace {

/// Sums over targets.
struct Sums {
  double loss = 0.0, right = 0.0, entropy = 0.0;
  int64_t targets = 0;

  void add(const TokenScores& scores) {
    loss -= scores.logprobs.detach().sum(at::kDouble).item<double>();
    right += scores.is_top.sum(at::kDouble).item<double>();
    entropy += scores.entropies.sum(at::kDouble).item<double>();
    targets += scores.logprobs.numel();
  }
  SftScores means() const {
    const auto n = static_cast<double>(std::max<int64_t>(1, targets));
    return {loss / n, right / n, entropy / n, targets};
  }
};

}  // namespace

struct SftLearner::Impl {
  Impl(const ModelConfig& model, std::span<const WeightView> weights, const SftConfig& config)
      : max_rows_(config.optim.max_tokens_per_micro_batch),
        trained_(model, weights, config.model, config.optim, config.run.max_steps, config.threads) {}

  void step(std::span<const SftExample* const> examples, int64_t step, Metrics& metrics) {
    int64_t targets = 0, rows = 0;
    for (const SftExample* e : examples) targets += e->target_count();
    const std::vector<PackedBatch> batches = pack_examples(examples, max_rows_);
    Policy& policy = trained_.policy();
    policy.zero_grad();
    Sums sums;
    work_ = {};
    for (const PackedBatch& batch : batches) {
      rows += batch.rows();
      work_.add_training(policy.config(), batch);
      const TokenScores scores = policy.score(batch, 1.0, Entropies::values);
      const at::Tensor loss = -scores.logprobs.sum() / static_cast<double>(targets);
      loss.backward();
      sums.add(scores);
    }
    const double rate = trained_.rate(step);
    const double norm = trained_.update(rate);
    const SftScores means = sums.means();
    metrics.set("loss", means.loss);
    metrics.set("grad_norm", norm);
    metrics.set("learning_rate", rate);
    metrics.set("entropy", means.entropy);
    metrics.set("mean_token_accuracy", means.mean_token_accuracy);
    metrics.set_integer("learner/trained_tokens", means.targets);
    metrics.set_integer("learner/rows", rows);
    metrics.set_integer("learner/micro_batches", static_cast<int64_t>(batches.size()));
    metrics.set_integer("learner/skipped_updates", trained_.skipped_updates());
    trained_.check_progress(step);
  }

  SftScores evaluate(std::span<const SftExample* const> examples) {
    const at::NoGradGuard no_grad;
    Sums sums;
    for (const PackedBatch& batch : pack_examples(examples, max_rows_)) sums.add(trained_.policy().score(batch, 1.0, Entropies::values));
    return sums.means();
  }

  int64_t max_rows_;
  LearnerWork work_;  // of the last step
  TrainedPolicy trained_;
};

SftLearner::SftLearner(const ModelConfig& model, std::span<const WeightView> weights, const SftConfig& config)
    : impl_(std::make_unique<Impl>(model, weights, config)) {}
SftLearner::~SftLearner() = default;

void SftLearner::step(std::span<const SftExample* const> examples, int64_t step, Metrics& metrics) { impl_->step(examples, step, metrics); }
SftScores SftLearner::evaluate(std::span<const SftExample* const> examples) { return impl_->evaluate(examples); }

LearnerWork SftLearner::work() const { return impl_->work_; }
std::vector<WeightView> SftLearner::weights() const { return impl_->trained_.weights(); }
std::vector<WeightView> SftLearner::moments() const { return impl_->trained_.moments(); }
void SftLearner::save(TrainerState& state) const { impl_->trained_.save(state); }
void SftLearner::restore(const Checkpoint& checkpoint) { impl_->trained_.restore(checkpoint); }

}  // namespace hone
