// The part of a training run that does not depend on what is learned: folder, checkpoints, when to evaluate, best weights, exact
// resume, stopping. `hone train` and `hone sft` are a step function each on top of it.
//
//   [evaluate] -> [checkpoint] -> step -> [evaluate] -> [checkpoint] -> step ... -> final/
//
// No torch. Thread rule: one thread; `stop` may be set by a signal handler.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "rl/checkpoint.h"
#include "rl/config.h"
#include "rl/energy_meter.h"
#include "rl/learner_state.h"
#include "rl/ledger.h"
#include "rl/progress.h"
#include "rl/run_folder.h"
#include "rl/session.h"

namespace hone {

/// Digest of names and values.
std::string weights_digest(std::span<const WeightView> weights);

class TrainingRun {
 public:
  struct Settings {
    RunSection run;
    CheckpointSection checkpoint;
    int64_t log_every = 1;
    std::string save_dtype = "float32";
    bool evaluates = false;      // false: `evaluate` is never called
    bool eval_at_start = true;
    int64_t eval_every = 0;      // 0: only before the first and after the last step
    CostSection cost;
  };

  /// From the sections that every kind of training has.
  template <class Config>
  static Settings settings_of(const Config& config, bool evaluates) {
    return {config.run, config.checkpoint, config.log.every, config.model.save_dtype, evaluates, config.eval.at_start, config.eval.every,
            config.cost};
  }

  /// Makes (or, to resume, opens) and locks the run folder; log lines go to its run.log too.
  TrainingRun(const Settings& settings, bool resume, const std::atomic<bool>& stop);

  /// Ties a fresh learner to the run, and with `resume` brings it to the newest complete checkpoint. `start_digest` names the
  /// weights that the run began with. Opens the record files and writes `config`. Throws failed_precondition when the checkpoint
  /// was made from another model.
  void attach(LearnerState& learner, const OpenModel& model, const std::string& start_digest, const nlohmann::ordered_json& config);

  /// Runs until run.max_steps, a limit of run.budget, or a stop. `train_one_step` advances state().step by one and puts into state() what else a resumed run
  /// needs; false = there is nothing more to train on, which ends the run like its last step. `evaluate` writes its records and returns
  /// the value by which the best weights are kept (larger is better), or nothing. Exit status 0 done, 75 stopped but resumable.
  int run(const std::function<bool()>& train_one_step, const std::function<std::optional<double>()>& evaluate);

  /// `prepare` puts into state() what must be saved and is costly to keep there all the time.
  void before_save(std::function<void()> prepare) { prepare_ = std::move(prepare); }

  /// Enters a step's cost into state().cost, with the energy since the step began, and writes cost/... into `metrics`.
  void charge(const RunCost& step, Metrics& metrics);
  /// cost/... of the run so far, for a line of evaluation.
  void add_cost(Metrics& metrics) const { add_cost_metrics(state_.cost, settings_.cost, metrics); }

  RunFolder& folder() { return folder_; }
  TrainerState& state() { return state_; }
  Progress& progress() { return progress_; }
  const std::atomic<bool>& stop() const { return stop_; }
  bool first_or_last() const { return state_.step == 0 || finished(); }

 private:
  bool finished() const {
    return state_.step >= settings_.run.max_steps || reached(settings_.run.budget, state_.cost, settings_.cost);
  }
  void write_cost() const;
  bool evaluation_due() const;
  bool checkpoint_due() const;
  void evaluate_now(const std::function<std::optional<double>()>& evaluate);
  void save();
  void export_weights(const std::string& name);
  int stop_early();

  Settings settings_;
  bool resume_;
  const std::atomic<bool>& stop_;
  RunFolder folder_;
  Progress progress_;
  TrainerState state_;
  LearnerState* learner_ = nullptr;
  const OpenModel* model_ = nullptr;
  std::function<void()> prepare_;
  int64_t saved_step_ = -1;
  EnergyMeter energy_;
};

}  // namespace hone
