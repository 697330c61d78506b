#include "rl/training_run.h"

#include "policy/model_folder.h"
#include "proto/base/digest.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/log.h"

namespace hone {

std::string weights_digest(std::span<const WeightView> weights) {
  std::string all;
  for (const WeightView& w : weights) all += w.name + "=" + std::to_string(digest64(std::as_bytes(w.data))) + ";";
  return digest128_hex(all);
}

TrainingRun::TrainingRun(const Settings& settings, bool resume, const std::atomic<bool>& stop)
    : settings_(settings),
      resume_(resume),
      stop_(stop),
      folder_(settings.run.output_dir, resume),
      progress_(settings.run.max_steps, settings.log_every) {
  set_log_file((folder_.path() / "run.log").string());
}

void TrainingRun::attach(LearnerState& learner, const OpenModel& model, const std::string& start_digest,
                         const nlohmann::ordered_json& config) {
  learner_ = &learner;
  model_ = &model;
  state_.model_fingerprint = model.fingerprint;
  state_.start_weights_digest = start_digest;
  state_.policy_version = 1;
  const auto newest = resume_ ? newest_checkpoint(folder_.checkpoints()) : std::nullopt;
  if (newest) {
    const Checkpoint checkpoint = load_checkpoint(*newest);
    if (checkpoint.state.model_fingerprint != model.fingerprint || checkpoint.state.start_weights_digest != start_digest)
      throw Error(ErrorCode::failed_precondition, newest->string() + ": was made from another model than " + model.folder.path.string());
    learner.restore(checkpoint);
    state_ = checkpoint.state;
    saved_step_ = state_.step;
    log_info("resumed from ", newest->string(), " at step ", state_.step);
  } else if (resume_) {
    log_info("no complete checkpoint in ", folder_.checkpoints().string(), ": starting at step 0");
  }
  folder_.open_records(newest ? state_.metrics_bytes : 0, newest ? state_.completions_bytes : 0);
  folder_.write_config(config);
}

int TrainingRun::run(const std::function<bool()>& train_one_step, const std::function<std::optional<double>()>& evaluate) {
  HONE_CHECK(learner_ != nullptr, "run before attach");
  try {
    for (;;) {
      if (stop_) return stop_early();
      if (evaluation_due()) evaluate_now(evaluate);
      if (checkpoint_due()) save();
      if (finished()) break;
      energy_.lap();
      if (train_one_step()) continue;
      if (state_.step != saved_step_ && state_.step > 0) save();
      break;
    }
  } catch (const Error& e) {
    if (e.code() != ErrorCode::cancelled || !stop_) throw;
    return stop_early();
  }
  progress_.pause();
  if (const std::string limit = reached_text(settings_.run.budget, state_.cost, settings_.cost); !limit.empty())
    log_info("run.budget reached: ", limit);
  export_weights("final");
  write_cost();
  log_info("done: ", state_.step, " steps in ", duration_text(state_.elapsed_s), "; weights in ", (folder_.path() / "final").string());
  return 0;
}

bool TrainingRun::evaluation_due() const {
  if (!settings_.evaluates || state_.evaluated_step == state_.step) return false;
  if (state_.step == 0) return settings_.eval_at_start;
  return first_or_last() || (settings_.eval_every > 0 && state_.step % settings_.eval_every == 0);
}

bool TrainingRun::checkpoint_due() const {
  if (state_.step == saved_step_ || state_.step == 0) return false;
  return first_or_last() || (settings_.checkpoint.every > 0 && state_.step % settings_.checkpoint.every == 0);
}

void TrainingRun::evaluate_now(const std::function<std::optional<double>()>& evaluate) {
  const std::optional<double> value = evaluate();
  state_.evaluated_step = state_.step;
  if (!value || settings_.checkpoint.best_metric == "none" || state_.step == 0) return;
  if (state_.best_value && *value <= *state_.best_value) return;
  state_.best_value = *value;
  state_.best_step = state_.step;
  export_weights("best");
}

void TrainingRun::export_weights(const std::string& name) {
  save_model_folder(folder_.path() / name, model_->folder.config, learner_->weights(), settings_.save_dtype, model_->folder.path);
}

void TrainingRun::charge(const RunCost& step, Metrics& metrics) {
  RunCost cost = step;
  cost.energy_j = energy_.lap();
  state_.cost += cost;
  add_cost(metrics);
}

void TrainingRun::write_cost() const {
  OrderedJson out;
  out["steps"] = state_.step;
  out["budget_reached"] = reached(settings_.run.budget, state_.cost, settings_.cost);
  out["cost"] = cost_report_json(state_.cost, settings_.cost);
  write_file_atomic(folder_.path() / "cost.json", out.dump(2) + "\n");
}

void TrainingRun::save() {
  if (prepare_) prepare_();
  state_.metrics_bytes = folder_.metrics().size_bytes();
  state_.completions_bytes = folder_.completions().size_bytes();
  folder_.metrics().sync();
  folder_.completions().sync();
  learner_->save(state_);
  save_checkpoint(folder_.checkpoints(), state_, learner_->weights(), learner_->moments(), settings_.checkpoint.keep,
                  learner_->reference());
  saved_step_ = state_.step;
}

int TrainingRun::stop_early() {
  progress_.pause();
  if (state_.step != saved_step_) save();
  log_warning("stopped at step ", state_.step, " of ", settings_.run.max_steps, "; continue with --resume");
  return 75;
}

}  // namespace hone
