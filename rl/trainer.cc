#include "rl/trainer.h"

#include <chrono>
#include <cstdio>

#include "policy/model_folder.h"
#include "proto/base/json.h"
#include "rl/generation_eval.h"
#include "rl/group_rewards.h"
#include "rl/learner.h"
#include "rl/metrics.h"
#include "rl/pipeline.h"
#include "rl/plan.h"
#include "rl/session.h"
#include "rl/training_run.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

TrainingRun::Settings run_settings(const TrainConfig& config) {
  TrainingRun::Settings out;
  out.run = config.run;
  out.checkpoint = config.checkpoint;
  out.log_every = config.log.every;
  out.save_dtype = config.model.save_dtype;
  out.evaluates = !config.eval.file.empty();
  out.eval_at_start = config.eval.at_start;
  out.eval_every = config.eval.every;
  return out;
}

class Trainer {
 public:
  Trainer(const TrainConfig& config, bool resume, const std::atomic<bool>& stop)
      : config_(config), run_(run_settings(config), resume, stop), model_(open_model(config.model.path)), held_out_(config, model_) {
    problems_ = load_problems(config, model_, config.data.train_file, config.data.limit);
    rewarder_ = make_rewarder(config);
    start();
  }

  int run() {
    return run_.run([this] { return train_one_step(); }, [this] { return evaluate_now(); });
  }

 private:
  void start() {
    WeightSet weights = load_weights(model_.folder);
    const std::string digest = weights_digest(weights.views());
    learner_ = std::make_unique<Learner>(model_.folder.config, weights.views(), config_);
    weights.tensors.clear();
    run_.attach(*learner_, model_, digest, to_json(config_));
    backend_ = std::make_unique<RolloutBackend>(config_, model_);
    backend_->publisher().publish(state_.policy_version, learner_->weights());
  }

  bool train_one_step() {
    const auto begin = Clock::now();
    const int64_t step = state_.step;
    const auto seed = static_cast<uint64_t>(config_.run.seed);
    const std::vector<uint32_t> indices =
        problems_of_step(problems_.size(), config_.grpo.prompts_per_step, step, seed, config_.data.shuffle);
    CollectStats collected;
    std::vector<Group> groups =
        collect_groups({problems_, indices, seed, static_cast<uint32_t>(step), static_cast<int32_t>(config_.grpo.num_generations),
                        config_.sampling_params()},
                       backend_->source(), *rewarder_, &run_.stop(), collected);
    const double collect_s = seconds_since(begin);

    Metrics metrics;
    metrics.set_integer("step", step + 1);
    add_group_rewards(groups, rewarder_->functions(), config_.grpo, metrics);
    add_completion_metrics(groups, metrics);
    const auto learning = Clock::now();
    learner_->step(groups, step, metrics);
    const double learn_s = seconds_since(learning);
    const auto publishing = Clock::now();
    state_.policy_version += 1;
    state_.step = step + 1;
    backend_->publisher().publish(state_.policy_version, learner_->weights());
    const double publish_s = seconds_since(publishing);

    for (const Group& group : groups)
      for (const Completion& c : group.completions)
        state_.num_tokens += static_cast<int64_t>(group.prompt_token_ids.size() + c.token_ids.size());
    const double step_s = seconds_since(begin);
    state_.elapsed_s += step_s;
    metrics.set_integer("num_tokens", state_.num_tokens);
    metrics.set("step_time", step_s);
    metrics.set("time/generate_s", collected.rollout.seconds);
    metrics.set("time/score_s", collected.score_s);
    metrics.set("time/score_wait_s", collected.score_wait_s);
    metrics.set("time/collect_s", collect_s);
    metrics.set("time/learn_s", learn_s);
    metrics.set("time/publish_s", publish_s);
    metrics.set_integer("rollout/prompt_tokens", collected.rollout.prompt_tokens);
    metrics.set_integer("rollout/generated_tokens", collected.rollout.generated_tokens);
    metrics.set_integer("policy_version", static_cast<int64_t>(state_.policy_version));
    metrics.set_integer("memory/peak_bytes", peak_memory_bytes());
    record(groups, metrics, step + 1);
    char text[128];
    std::snprintf(text, sizeof text, "reward %.3f  length %.1f  loss %+.4f  %.0f tok/s", metrics.get("reward"),
                  metrics.get("completions/mean_length"), metrics.get("loss"),
                  static_cast<double>(collected.rollout.generated_tokens) / step_s);
    run_.progress().show(state_.step, step_s, text);
    return true;
  }

  void record(const std::vector<Group>& groups, const Metrics& metrics, int64_t step) {
    run_.folder().metrics().write_line(metrics.to_json_line());
    if (!config_.log.completions) return;
    for (const Group& group : groups)
      for (std::size_t i = 0; i < group.completions.size(); ++i)
        run_.folder().completions().write_line(completion_record(group, i, step));
  }

  std::optional<double> evaluate_now() {
    Metrics metrics;
    metrics.set_integer("step", state_.step);
    run_.progress().pause();
    const EvalSummary s =
        held_out_.run(backend_->source(), *rewarder_, state_.step, run_.first_or_last(), &run_.stop(), run_.folder(), metrics);
    state_.elapsed_s += s.seconds;
    metrics.set("eval/time_s", s.seconds);
    run_.folder().metrics().write_line(metrics.to_json_line());
    return s.reward;
  }

  const TrainConfig& config_;
  TrainingRun run_;
  TrainerState& state_ = run_.state();
  OpenModel model_;
  GenerationEval held_out_;
  std::vector<TokenizedProblem> problems_;
  std::unique_ptr<Rewarder> rewarder_;
  std::unique_ptr<Learner> learner_;
  std::unique_ptr<RolloutBackend> backend_;
};

}  // namespace

int run_training(const TrainConfig& config, const TrainOptions& options, const std::atomic<bool>& stop) {
  if (options.dry_run) {
    print_plan(config);
    return 0;
  }
  Trainer trainer(config, options.resume, stop);
  return trainer.run();
}

}  // namespace hone
