#include "rl/trainer.h"

#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>

#include "policy/model_folder.h"
#include "proto/base/digest.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "rl/checkpoint.h"
#include "rl/completion_record.h"
#include "rl/dynamic_sampling.h"
#include "rl/evaluator.h"
#include "rl/group_rewards.h"
#include "rl/learner.h"
#include "rl/metrics.h"
#include "rl/pipeline.h"
#include "rl/plan.h"
#include "rl/progress.h"
#include "rl/prompt_frame.h"
#include "rl/run_folder.h"
#include "rl/session.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<int64_t>(usage.ru_maxrss) * 1024;
}

std::string digest_of(std::span<const WeightView> weights) {
  std::string all;
  for (const WeightView& w : weights) all += w.name + "=" + std::to_string(digest64(std::as_bytes(w.data))) + ";";
  return digest128_hex(all);
}

class Trainer {
 public:
  Trainer(const TrainConfig& config, const TrainOptions& options, const std::atomic<bool>& stop)
      : config_(config),
        stop_(stop),
        folder_(config.run.output_dir, options.resume),
        model_(open_model(config.model.path)),
        monitor_(config.warnings) {
    const std::string run_log = (folder_.path() / "run.log").string();
    set_log_file(run_log);
    rewarder_ = make_rewarder(config);
    if (options.replay.empty()) {
      const int64_t limit = prompt_limit(config, model_.folder.config);
      problems_ = read_tokenized(config.data.train_file, config.data.limit, limit);
      stream_.emplace(problems_.size(), static_cast<uint64_t>(config.run.seed), config.data.shuffle, config.curriculum);
      if (!config.eval.file.empty()) held_out_ = read_tokenized(config.eval.file, 0, limit);
      compare_templates();
    } else {
      const std::filesystem::path own = folder_.path() / "completions.jsonl";
      if (std::filesystem::exists(own) && std::filesystem::exists(options.replay) && std::filesystem::equivalent(own, options.replay))
        throw Error(ErrorCode::invalid_argument, "--replay: " + options.replay + " is the file that this run writes; choose another run.output_dir");
      replay_ = std::make_unique<CompletionReader>(options.replay, rewarder_->functions(), config.grpo.num_generations);
    }
    start(options.resume);
  }

  int run() {
    Progress progress(config_.run.max_steps, config_.log.every);
    try {
      for (;;) {
        if (stop_) return stop_early(progress);
        if (evaluation_due()) evaluate_now(progress);
        if (checkpoint_due()) save();
        if (state_.step >= config_.run.max_steps) break;
        if (!train_one_step(progress)) {
          if (state_.step != saved_step_ && state_.step > 0) save();  // more records may come
          break;
        }
      }
    } catch (const Error& e) {
      if (e.code() != ErrorCode::cancelled || !stop_) throw;
      return stop_early(progress);
    }
    progress.pause();
    export_weights("final");
    log_info("done: ", state_.step, " steps in ", duration_text(state_.elapsed_s), "; weights in ",
             (folder_.path() / "final").string());
    return 0;
  }

 private:
  std::vector<TokenizedProblem> read_tokenized(const std::string& file, int64_t limit, int64_t prompt_tokens) {
    return tokenize_problems(read_problems(file, config_.data, limit), *model_.tokenizer, config_.data.add_special_tokens,
                             prompt_tokens, file);
  }

  void start(bool resume) {
    WeightSet weights = load_weights(model_.folder);
    const std::string digest = digest_of(weights.views());
    learner_ = std::make_unique<Learner>(model_.folder.config, weights.views(), config_);
    weights.tensors.clear();
    state_.model_fingerprint = model_.fingerprint;
    state_.start_weights_digest = digest;
    state_.policy_version = 1;
    const auto newest = resume ? newest_checkpoint(folder_.checkpoints()) : std::nullopt;
    if (newest) {
      const Checkpoint checkpoint = load_checkpoint(*newest);
      if (checkpoint.state.model_fingerprint != model_.fingerprint || checkpoint.state.start_weights_digest != digest)
        throw Error(ErrorCode::failed_precondition, newest->string() + ": was made from another model than " + config_.model.path);
      learner_->restore(checkpoint);
      state_ = checkpoint.state;
      if (stream_ && state_.step > 0 && state_.problems.position == 0)
        throw Error(ErrorCode::failed_precondition, newest->string() + ": was made by a replay, which draws no problems; go on with --replay");
      if (stream_) stream_->restore(state_.problems);
      monitor_.restore(state_.monitor);
      saved_step_ = state_.step;
      log_info("resumed from ", newest->string(), " at step ", state_.step);
    } else if (resume) {
      log_info("no complete checkpoint in ", folder_.checkpoints().string(), ": starting at step 0");
    }
    folder_.open_records(newest ? state_.metrics_bytes : 0, newest ? state_.completions_bytes : 0);
    folder_.write_config(config_);
    if (replay_) return;
    backend_ = std::make_unique<RolloutBackend>(config_, model_);
    backend_->publisher().publish(state_.policy_version, learner_->weights());
  }

  /// Prompts of another template would make the model look worse in evaluation than it is.
  void compare_templates() {
    const std::string difference = template_difference(problems_, held_out_);
    eval_template_differs_ = !difference.empty();
    if (eval_template_differs_) log_warning("eval_template: ", difference, "; accuracy will be that of a prompt the model was not trained on");
  }

  /// The step's groups: generated and scored, or read. Nothing when the records are at their end.
  std::optional<StepGroups> collect() {
    if (!replay_)
      return collect_step(config_, problems_, state_.step, *stream_, backend_->source(), *rewarder_, &stop_);
    std::optional<RecordedStep> recorded = replay_->next();
    while (recorded && recorded->step <= state_.step) recorded = replay_->next();  // trained before the checkpoint
    if (!recorded) return std::nullopt;
    if (recorded->step != state_.step + 1)
      throw Error(ErrorCode::invalid_argument, join("--replay: the records go on with step ", recorded->step, "; step ", state_.step + 1,
                                                    " is needed (a run that begins later must resume from its checkpoint)"));
    StepGroups step;
    step.groups = std::move(recorded->groups);
    step.kept = recorded->kept;
    return step;
  }

  /// False when a replay is at its end.
  bool train_one_step(Progress& progress) {
    const auto begin = Clock::now();
    const int64_t step = state_.step;
    std::optional<StepGroups> collected_step = collect();
    if (!collected_step) return false;
    std::vector<Group>& groups = collected_step->groups;
    const CollectStats& collected = collected_step->stats;
    const double collect_s = seconds_since(begin);

    Metrics metrics;
    metrics.set_integer("step", step + 1);
    set_advantages(collected_step->trained(), rewarder_->functions(), config_.grpo);
    add_reward_metrics(groups, rewarder_->functions(), config_.grpo, metrics);
    add_completion_metrics(groups, metrics);
    if (stream_) add_sampling_metrics(config_, *collected_step, *stream_, metrics);
    const auto learning = Clock::now();
    learner_->step(collected_step->trained(), step, metrics);
    const double learn_s = seconds_since(learning);
    const auto publishing = Clock::now();
    state_.policy_version += 1;
    state_.step = step + 1;
    if (backend_) backend_->publisher().publish(state_.policy_version, learner_->weights());
    const double publish_s = seconds_since(publishing);
    monitor_.check(metrics, config_.grpo.updates(), config_.sampling.max_completion_length);

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
    if (stream_) state_.problems = stream_->state();  // here: a step that is cancelled has drawn problems in vain
    state_.monitor = monitor_.state();
    record(groups, metrics, step + 1);
    progress.show({state_.step, metrics.get("reward"), metrics.get("completions/mean_length"),
                   static_cast<double>(collected.rollout.generated_tokens) / step_s, step_s, metrics.get("loss")});
    return true;
  }

  void record(const std::vector<Group>& groups, const Metrics& metrics, int64_t step) {
    folder_.metrics().write_line(metrics.to_json_line());
    if (!config_.log.completions) return;
    for (const Group& group : groups)
      for (std::size_t i = 0; i < group.completions.size(); ++i)
        folder_.completions().write_line(completion_record(group, i, step, config_.log.token_ids));
  }

  bool first_or_last() const { return state_.step == 0 || state_.step >= config_.run.max_steps; }

  bool evaluation_due() const {
    if (held_out_.empty() || state_.evaluated_step == state_.step) return false;
    if (state_.step == 0) return config_.eval.at_start;
    return first_or_last() || (config_.eval.every > 0 && state_.step % config_.eval.every == 0);
  }

  bool checkpoint_due() const {
    if (state_.step == saved_step_ || state_.step == 0) return false;
    return first_or_last() || (config_.checkpoint.every > 0 && state_.step % config_.checkpoint.every == 0);
  }

  void evaluate_now(Progress& progress) {
    EvalOptions options;
    options.seed = static_cast<uint64_t>(config_.run.seed);
    options.step = static_cast<uint32_t>(state_.step);
    options.num_generations = static_cast<int32_t>(config_.eval.num_generations);
    options.params = config_.sampling_params();
    options.params.temperature = config_.eval.temperature;
    options.limit = first_or_last() ? 0 : config_.eval.limit;
    const EvalResult result = evaluate(held_out_, backend_->source(), *rewarder_, options, &stop_);
    const EvalSummary& s = result.summary;
    state_.elapsed_s += s.seconds;
    Metrics metrics;
    metrics.set_integer("step", state_.step);
    metrics.set("eval/accuracy", s.accuracy);
    metrics.set("eval/accuracy_low", s.low);
    metrics.set("eval/accuracy_high", s.high);
    metrics.set("eval/reward", s.reward);
    metrics.set_integer("eval/problems", s.problems);
    metrics.set("eval/completions/mean_length", s.mean_length);
    metrics.set("eval/completions/clipped_ratio", s.truncated);
    for (const auto& [name, task] : s.tasks)
      if (!name.empty()) metrics.set("eval/accuracy/" + name, task.accuracy);
    metrics.set("eval/time_s", s.seconds);
    metrics.set_integer("warnings/eval_template", eval_template_differs_ ? 1 : 0);
    folder_.metrics().write_line(metrics.to_json_line());
    char file[32];
    std::snprintf(file, sizeof file, "eval-%06ld.jsonl", static_cast<long>(state_.step));
    std::string lines;
    for (const EvalRecord& r : result.records) lines += eval_record_line(r) + "\n";
    write_file_atomic(folder_.path() / file, lines);
    progress.pause();
    log_info("evaluation at step ", state_.step, ": accuracy ", accuracy_text(s), " of ", s.problems, " problems, length ",
             std::round(10 * s.mean_length) / 10);
    state_.evaluated_step = state_.step;
    keep_best(s);
  }

  void keep_best(const EvalSummary& s) {
    if (config_.checkpoint.best_metric == "none" || state_.step == 0) return;
    if (state_.best_value && s.reward <= *state_.best_value) return;
    state_.best_value = s.reward;
    state_.best_step = state_.step;
    export_weights("best");
  }

  void export_weights(const std::string& name) {
    save_model_folder(folder_.path() / name, model_.folder.config, learner_->weights(), config_.model.save_dtype, model_.folder.path);
  }

  void save() {
    state_.metrics_bytes = folder_.metrics().size_bytes();
    state_.completions_bytes = folder_.completions().size_bytes();
    folder_.metrics().sync();
    folder_.completions().sync();
    learner_->save(state_);
    save_checkpoint(folder_.checkpoints(), state_, learner_->weights(), learner_->moments(), config_.checkpoint.keep, learner_->reference());
    saved_step_ = state_.step;
  }

  int stop_early(Progress& progress) {
    progress.pause();
    if (state_.step != saved_step_) save();
    log_warning("stopped at step ", state_.step, " of ", config_.run.max_steps, "; continue with --resume");
    return 75;
  }

  const TrainConfig& config_;
  const std::atomic<bool>& stop_;
  RunFolder folder_;
  OpenModel model_;
  std::vector<TokenizedProblem> problems_;
  std::vector<TokenizedProblem> held_out_;
  std::optional<ProblemStream> stream_;       // where problems come from, or
  std::unique_ptr<CompletionReader> replay_;  // recorded completions instead
  RunMonitor monitor_;
  bool eval_template_differs_ = false;
  std::unique_ptr<Rewarder> rewarder_;
  std::unique_ptr<Learner> learner_;
  std::unique_ptr<RolloutBackend> backend_;
  TrainerState state_;
  int64_t saved_step_ = -1;
};

}  // namespace

int run_training(const TrainConfig& config, const TrainOptions& options, const std::atomic<bool>& stop) {
  if (options.dry_run) {
    print_plan(config);
    return 0;
  }
  Trainer trainer(config, options, stop);
  return trainer.run();
}

}  // namespace hone
