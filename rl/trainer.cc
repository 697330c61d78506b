#include "rl/trainer.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <optional>

#include "policy/model_folder.h"
#include "proto/base/clock.h"
#include "proto/base/error.h"
#include "proto/base/format.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "proto/base/memory.h"
#include "rewards/reward_watch.h"
#include "rl/checkpoint.h"
#include "rl/collected_steps.h"
#include "rl/completion_record.h"
#include "rl/dynamic_sampling.h"
#include "rl/generation_eval.h"
#include "rl/group_rewards.h"
#include "rl/learner.h"
#include "rl/metrics.h"
#include "rl/pipeline.h"
#include "rl/plan.h"
#include "rl/prompt_frame.h"
#include "rl/session.h"
#include "rl/step_collector.h"
#include "rl/training_run.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

class Trainer {
 public:
  Trainer(const TrainConfig& config, const TrainOptions& options, const std::atomic<bool>& stop)
      : config_(config),
        run_(TrainingRun::settings_of(config, !config.eval.file.empty() && options.replay.empty()), options.resume, stop),
        model_(open_model(config.model.path)),
        monitor_(config.warnings, {.updates = config.grpo.updates(), .max_length = config.sampling.max_completion_length,
                                   .corrects_sampler = config.grpo.sampler_importance_sampling != "none"}) {
    rewarder_ = make_rewarder(config);
    if (options.replay.empty()) {
      problems_ = load_problems(config, model_, config.data.train_file, config.data.limit);
      stream_.emplace(problems_.size(), static_cast<uint64_t>(config.run.seed), config.data.shuffle, config.curriculum);
      held_out_.emplace(config, model_);
      compare_templates();
    } else {
      const std::filesystem::path own = run_.folder().path() / "completions.jsonl";
      if (std::filesystem::exists(own) && std::filesystem::exists(options.replay) && std::filesystem::equivalent(own, options.replay))
        throw Error(ErrorCode::invalid_argument, "--replay: " + options.replay + " is the file that this run writes; choose another run.output_dir");
      replay_ = std::make_unique<CompletionReader>(options.replay, rewarder_->functions(), config.grpo.num_generations);
    }
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
    if (state_.step > 0) {
      if (stream_ && state_.problems.position == 0)
        throw Error(ErrorCode::failed_precondition, run_.folder().checkpoints().string() +
                                                        ": was made by a replay, which draws no problems; go on with --replay");
      if (stream_) stream_->restore(state_.problems);
      monitor_.restore(state_.monitor);
    }
    if (replay_) return;
    backend_ = std::make_unique<RolloutBackend>(config_, model_);
    if (config_.rollout.max_staleness > 0) return start_collector();
    state_.collected_steps = state_.collected_records = "";  // of a run that was ahead: generated again
    backend_->publisher().publish(state_.policy_version, learner_->weights());
  }

  /// Generation ahead of learning; a resumed run begins with the steps that were collected when it stopped.
  void start_collector() {
    collector_.emplace([this](int64_t step, const std::atomic<bool>& abandoned) { return collect_step_now(step, &abandoned); },
                       backend_->publisher(), config_.rollout.in_flight_updates);
    std::deque<CollectedStep> collected = read_collected({state_.collected_steps, state_.collected_records}, rewarder_->functions(),
                                                         config_.grpo, (run_.folder().checkpoints() / "collected.jsonl").string());
    next_request_ = state_.step + static_cast<int64_t>(collected.size());
    if (!collected.empty()) stream_->restore(collected.back().groups.problems);
    collector_->restore(std::move(collected));
    run_.before_save([this] {
      CollectedText text = write_collected(collector_->drain(), rewarder_->functions(), config_.grpo);
      state_.collected_steps = std::move(text.steps);
      state_.collected_records = std::move(text.records);
    });
  }

  StepGroups collect_step_now(int64_t step, const std::atomic<bool>* cancel) {
    return collect_step(config_, problems_, step, *stream_, backend_->source(), *rewarder_, cancel);
  }

  /// Requests the steps before `end` with the weights of now.
  void request_until(int64_t end) {
    for (end = std::min(end, config_.run.max_steps); next_request_ < end; ++next_request_)
      collector_->request(next_request_, state_.policy_version, learner_->weights());
  }

  /// The next step's groups, while those of the steps behind it are made by the weights of now: step t is generated after
  /// t - max_staleness updates.
  StepGroups collect_ahead() {
    request_until(state_.step + config_.rollout.max_staleness);
    CollectedStep collected = collector_->next();
    HONE_CHECK(collected.step == state_.step, "steps out of order");
    request_until(state_.step + config_.rollout.max_staleness + 1);
    return std::move(collected.groups);
  }

  /// Prompts of another template would make the model look worse in evaluation than it is.
  void compare_templates() {
    const std::string difference = template_difference(problems_, held_out_->problems());
    eval_template_differs_ = !difference.empty();
    if (eval_template_differs_) log_warning("eval_template: ", difference, "; accuracy will be that of a prompt the model was not trained on");
  }

  /// The step's groups: generated and scored, or read. Nothing when the records are at their end.
  std::optional<StepGroups> collect() {
    if (collector_) return collect_ahead();
    if (!replay_) return collect_step_now(state_.step, &run_.stop());
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
  bool train_one_step() {
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
    if (!reward_watch_) reward_watch_.emplace(rewarder_->functions());
    reward_watch_->observe(groups);
    add_completion_metrics(groups, metrics);
    if (stream_) add_sampling_metrics(config_, *collected_step, metrics);
    add_staleness(collected_step->trained(), metrics);
    const auto learning = Clock::now();
    if (backend_ && !collector_) release_generation(*backend_);
    learner_->step(collected_step->trained(), step, metrics);
    const double learn_s = seconds_since(learning);
    const auto publishing = Clock::now();
    state_.policy_version += 1;
    state_.step = step + 1;
    if (backend_ && !collector_) backend_->publisher().publish(state_.policy_version, learner_->weights());
    const double publish_s = seconds_since(publishing);
    monitor_.check(metrics);
    if (stream_) state_.problems = collected_step->problems;  // here: a step that is cancelled has drawn problems in vain
    state_.monitor = monitor_.state();

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
    run_.charge(step_cost(groups, collected.rollout, step_s), metrics);
    metrics.set_integer("memory/peak_bytes", peak_memory_bytes());
    record(groups, metrics, step + 1);
    const std::string text = format("reward %.3f  length %.1f  loss %+.4f  %.0f tok/s", metrics.get("reward"),
                  metrics.get("completions/mean_length"), metrics.get("loss"),
                  static_cast<double>(collected.rollout.generated_tokens) / step_s);
    run_.progress().show(state_.step, step_s, text);
    return true;
  }

  /// Updates that the oldest token of the groups is behind, and the mean over all tokens.
  void add_staleness(std::span<const Group> groups, Metrics& metrics) const {
    uint64_t most = 0, sum = 0, tokens = 0;
    for (const Group& group : groups)
      for (const Completion& c : group.completions)
        for (const uint64_t version : c.versions) {
          const uint64_t behind = state_.policy_version - std::min(version, state_.policy_version);
          most = std::max(most, behind);
          sum += behind;
          ++tokens;
        }
    metrics.set_integer("rollout/staleness", static_cast<int64_t>(most));
    metrics.set("rollout/mean_staleness", tokens > 0 ? static_cast<double>(sum) / static_cast<double>(tokens) : 0.0);
  }

  RunCost step_cost(const std::vector<Group>& groups, const RolloutStats& rollout, double step_s) const {
    const LearnerWork work = learner_->work();
    RunCost cost;
    cost.prompt_tokens = rollout.prompt_tokens;
    cost.generated_tokens = rollout.generated_tokens;
    cost.learner_tokens = work.tokens;
    cost.generation_flops = backend_ ? generation_flops(model_.folder.config, groups) : 0.0;  // a replay samples nothing
    cost.learner_flops = work.flops;
    cost.seconds = step_s;
    return cost;
  }

  void record(const std::vector<Group>& groups, const Metrics& metrics, int64_t step) {
    run_.folder().metrics().write_line(metrics.to_json_line());
    if (!config_.log.completions) return;
    for (const Group& group : groups)
      for (std::size_t i = 0; i < group.completions.size(); ++i)
        run_.folder().completions().write_line(completion_record(group, i, step, config_.log.token_ids));
  }

  std::optional<double> evaluate_now() {
    Metrics metrics;
    metrics.set_integer("step", state_.step);
    run_.progress().pause();
    if (collector_) {  // the held-out problems get the newest weights, and both cores
      collector_->drain();
      collector_->publish(state_.policy_version, learner_->weights());
    }
    const EvalSummary s =
        held_out_->run(backend_->source(), *rewarder_, state_.step, run_.first_or_last(), &run_.stop(), run_.folder(), metrics);
    state_.elapsed_s += s.seconds;
    metrics.set("eval/time_s", s.seconds);
    run_.add_cost(metrics);
    metrics.set_integer("warnings/eval_template", eval_template_differs_ ? 1 : 0);
    run_.folder().metrics().write_line(metrics.to_json_line());
    return s.reward;
  }

  const TrainConfig& config_;
  TrainingRun run_;
  TrainerState& state_ = run_.state();
  OpenModel model_;
  std::optional<GenerationEval> held_out_;
  std::vector<TokenizedProblem> problems_;
  std::optional<ProblemStream> stream_;       // where problems come from, or
  std::unique_ptr<CompletionReader> replay_;  // recorded completions instead
  RunMonitor monitor_;
  bool eval_template_differs_ = false;
  std::unique_ptr<Rewarder> rewarder_;
  std::optional<RewardWatch> reward_watch_;
  std::unique_ptr<Learner> learner_;
  std::unique_ptr<RolloutBackend> backend_;
  std::optional<StepCollector> collector_;  // with max_staleness > 0; last: its thread uses what stands above
  int64_t next_request_ = 0;                // of collector_
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
