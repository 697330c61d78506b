#include "rl/distill_trainer.h"

#include <chrono>

#include "policy/model_folder.h"
#include "proto/base/clock.h"
#include "proto/base/format.h"
#include "proto/base/json.h"
#include "proto/base/memory.h"
#include "rl/completion_record.h"
#include "rl/distill_learner.h"
#include "rl/generation_eval.h"
#include "rl/metrics.h"
#include "rl/pipeline.h"
#include "rl/session.h"
#include "rl/training_run.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

/// Training needs no score: the teacher is the judge.
class NoRewards : public Rewarder {
 public:
  void score(Group&) override {}
  std::vector<std::pair<std::string, double>> functions() const override { return {}; }
};

class DistillTrainer {
 public:
  DistillTrainer(const DistillConfig& config, bool resume, const std::atomic<bool>& stop)
      : config_(config),
        common_(config.common),
        run_(TrainingRun::settings_of(common_, !common_.eval.file.empty()), resume, stop),
        model_(open_model(common_.model.path)),
        monitor_(common_.warnings, {.max_length = common_.sampling.max_completion_length}),
        held_out_(common_, model_),
        problems_(load_problems(common_, model_, common_.data.train_file, common_.data.limit)) {
    if (!held_out_.empty()) rewarder_ = make_rewarder(common_);
    const ModelFolder teacher = open_model_folder(config.distill.teacher);
    WeightSet weights = load_weights(model_.folder), teacher_weights = load_weights(teacher);
    const std::string digest = weights_digest(weights.views()) + weights_digest(teacher_weights.views());
    learner_ = std::make_unique<DistillLearner>(model_.folder.config, weights.views(), teacher.config, teacher_weights.views(), config);
    weights.tensors.clear();
    teacher_weights.tensors.clear();
    run_.attach(*learner_, model_, digest, to_json(config));
    monitor_.restore(state_.monitor);
    backend_ = std::make_unique<RolloutBackend>(common_, model_);
    backend_->publisher().publish(state_.policy_version, learner_->weights());
  }

  int run() {
    return run_.run([this] { return train_one_step(); }, [this] { return evaluate(); });
  }

 private:
  bool train_one_step() {
    const auto begin = Clock::now();
    const int64_t step = state_.step;
    const auto seed = static_cast<uint64_t>(common_.run.seed);
    const std::vector<uint32_t> indices = problems_of_step(problems_.size(), config_.distill.prompts_per_step, step, seed, common_.data.shuffle);
    NoRewards none;
    CollectStats collected;
    const std::vector<Group> groups =
        collect_groups({problems_, indices, seed, static_cast<uint32_t>(step), static_cast<int32_t>(config_.distill.num_generations),
                        common_.sampling_params()},
                       backend_->source(), none, &run_.stop(), collected);
    Metrics metrics;
    metrics.set_integer("step", step + 1);
    add_completion_metrics(groups, metrics);
    release_generation(*backend_);
    learner_->step(groups, step, metrics);
    monitor_.check_truncation(metrics);
    state_.monitor = monitor_.state();
    state_.policy_version += 1;
    state_.step = step + 1;
    backend_->publisher().publish(state_.policy_version, learner_->weights());
    state_.num_tokens += collected.rollout.prompt_tokens + collected.rollout.generated_tokens;
    const double step_s = seconds_since(begin);
    state_.elapsed_s += step_s;
    metrics.set_integer("num_tokens", state_.num_tokens);
    metrics.set("step_time", step_s);
    metrics.set("time/generate_s", collected.rollout.seconds);
    metrics.set_integer("rollout/prompt_tokens", collected.rollout.prompt_tokens);
    metrics.set_integer("rollout/generated_tokens", collected.rollout.generated_tokens);
    const LearnerWork work = learner_->work();
    run_.charge({.prompt_tokens = collected.rollout.prompt_tokens, .generated_tokens = collected.rollout.generated_tokens,
                 .learner_tokens = work.tokens, .generation_flops = generation_flops(model_.folder.config, groups),
                 .learner_flops = work.flops, .seconds = step_s}, metrics);
    metrics.set_integer("memory/peak_bytes", peak_memory_bytes());
    run_.folder().metrics().write_line(metrics.to_json_line());
    if (common_.log.completions)
      for (const Group& group : groups)
        for (std::size_t i = 0; i < group.completions.size(); ++i) run_.folder().completions().write_line(completion_record(group, i, step + 1, common_.log.token_ids));
    const std::string text = format("reverse KL %.4f  length %.1f  %.0f tok/s", metrics.get("loss"), metrics.get("completions/mean_length"),
                  static_cast<double>(collected.rollout.generated_tokens) / step_s);
    run_.progress().show(state_.step, step_s, text);
    return true;
  }

  std::optional<double> evaluate() {
    Metrics metrics;
    metrics.set_integer("step", state_.step);
    run_.progress().pause();
    const EvalSummary s = held_out_.run(backend_->source(), *rewarder_, state_.step, run_.first_or_last(), &run_.stop(), run_.folder(), metrics);
    state_.elapsed_s += s.seconds;
    metrics.set("eval/time_s", s.seconds);
    run_.add_cost(metrics);
    run_.folder().metrics().write_line(metrics.to_json_line());
    return s.reward;
  }

  const DistillConfig& config_;
  const TrainConfig& common_;
  TrainingRun run_;
  TrainerState& state_ = run_.state();
  OpenModel model_;
  RunMonitor monitor_;
  GenerationEval held_out_;
  std::vector<TokenizedProblem> problems_;
  std::unique_ptr<Rewarder> rewarder_;
  std::unique_ptr<DistillLearner> learner_;
  std::unique_ptr<RolloutBackend> backend_;
};

}  // namespace

int run_distillation(const DistillConfig& config, bool resume, const std::atomic<bool>& stop) {
  DistillTrainer trainer(config, resume, stop);
  return trainer.run();
}

}  // namespace hone
