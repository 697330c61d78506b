#include "rl/sft_trainer.h"

#include <chrono>
#include <iostream>

#include "policy/model_folder.h"
#include "proto/base/clock.h"
#include "proto/base/error.h"
#include "proto/base/format.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "proto/base/memory.h"
#include "rl/generation_eval.h"
#include "rl/metrics.h"
#include "rl/session.h"
#include "rl/sft_batches.h"
#include "rl/sft_data.h"
#include "rl/sft_learner.h"
#include "rl/training_run.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

WeightSet start_weights(const SftConfig& config, const ModelFolder& folder) {
  if (config.model.init == "none") return load_weights(folder);
  const auto seed = static_cast<uint64_t>(config.run.seed);
  if (config.model.init == "normal") return random_weights(folder.config, config.model.init_std, seed);
  if (config.model.init == "scaled") return scaled_random_weights(folder.config, config.model.init_std, seed);
  return mimetic_random_weights(folder.config, config.model.init_std, seed);
}

/// Model, tokenizer and examples: what the dry run and the run both need.
struct SftInputs {
  SftInputs(const SftConfig& config) : model(open_model(config.model.path)), generation(config.generation()), problems(generation, model) {
    const SftReader reader{config.data, config.sft, model.folder.config, *model.tokenizer, model.folder.path};
    train = reader.read(config.data.train_file, config.data.limit, train_stats);
    if (!config.eval.loss_file.empty()) held_out = reader.read(config.eval.loss_file, config.eval.loss_limit, held_out_stats);
    if (train_stats.prompt_differs > 0)
      log_warning(config.data.train_file, ": in ", train_stats.prompt_differs, " conversations the chat template's generation prompt is not how the ",
                  "assistant's turn starts: the model learns another beginning than it meets when it generates");
    if (train_stats.truncated > 0 || train_stats.dropped > 0)
      log_warning(config.data.train_file, ": ", train_stats.truncated, " rows were cut to sft.max_length and ", train_stats.dropped,
                  " dropped, of ", train_stats.rows);
  }

  SftOrder order(const SftConfig& config) const {
    std::vector<int32_t> lengths;
    for (const SftExample& e : train) lengths.push_back(static_cast<int32_t>(e.ids.size()));
    return {std::move(lengths),
            {config.sft.batch_size, std::min(config.sft.max_length, model.folder.config.max_position_embeddings), config.sft.packing,
             config.data.shuffle, static_cast<uint64_t>(config.run.seed)}};
  }

  OpenModel model;
  TrainConfig generation;
  GenerationEval problems;
  std::vector<SftExample> train, held_out;
  SftDataStats train_stats, held_out_stats;
};

class SftTrainer {
 public:
  SftTrainer(const SftConfig& config, bool resume, const std::atomic<bool>& stop)
      : config_(config),
        run_(TrainingRun::settings_of(config, !config.eval.file.empty() || !config.eval.loss_file.empty()), resume, stop),
        inputs_(config),
        order_(inputs_.order(config)) {
    if (!inputs_.problems.empty()) rewarder_ = make_rewarder(inputs_.generation);
    WeightSet weights = start_weights(config, inputs_.model.folder);
    const std::string digest = weights_digest(weights.views());
    learner_ = std::make_unique<SftLearner>(inputs_.model.folder.config, weights.views(), config);
    weights.tensors.clear();
    run_.attach(*learner_, inputs_.model, digest, to_json(config));
    if (!inputs_.problems.empty()) backend_ = std::make_unique<RolloutBackend>(inputs_.generation, inputs_.model);
    for (const SftExample& e : inputs_.held_out) held_out_.push_back(&e);
    log_info("training data: ", stats_text(inputs_.train_stats));
  }

  int run() {
    return run_.run([this] { return train_one_step(); }, [this] { return evaluate(); });
  }

 private:
  bool train_one_step() {
    const auto begin = Clock::now();
    const int64_t step = state_.step;
    std::vector<const SftExample*> examples;
    int64_t tokens = 0;
    for (const uint32_t i : order_.examples_of(step)) {
      examples.push_back(&inputs_.train[i]);
      tokens += static_cast<int64_t>(inputs_.train[i].ids.size());
    }
    Metrics metrics;
    metrics.set_integer("step", step + 1);
    learner_->step(examples, step, metrics);
    const double step_s = seconds_since(begin);
    state_.step = step + 1;
    state_.policy_version += 1;
    state_.num_tokens += tokens;
    state_.elapsed_s += step_s;
    metrics.set("epoch", order_.epoch_after(step));
    metrics.set_integer("num_tokens", state_.num_tokens);
    metrics.set_integer("examples", static_cast<int64_t>(examples.size()));
    metrics.set("step_time", step_s);
    const LearnerWork work = learner_->work();
    run_.charge({.learner_tokens = work.tokens, .learner_flops = work.flops, .seconds = step_s}, metrics);
    metrics.set_integer("memory/peak_bytes", peak_memory_bytes());
    run_.folder().metrics().write_line(metrics.to_json_line());
    const std::string text = format("loss %.4f  accuracy %.3f  epoch %.2f  %.0f tok/s", metrics.get("loss"),
                  metrics.get("mean_token_accuracy"), metrics.get("epoch"), static_cast<double>(tokens) / step_s);
    run_.progress().show(state_.step, step_s, text);
    return true;
  }

  /// The value by which the best weights are kept.
  std::optional<double> evaluate() {
    const auto begin = Clock::now();
    std::optional<double> value;
    Metrics metrics;
    metrics.set_integer("step", state_.step);
    run_.progress().pause();
    if (!held_out_.empty()) {
      const SftScores s = learner_->evaluate(held_out_);
      metrics.set("eval/loss", s.loss);
      metrics.set("eval/mean_token_accuracy", s.mean_token_accuracy);
      metrics.set("eval/entropy", s.entropy);
      metrics.set_integer("eval/tokens", s.targets);
      log_info("evaluation at step ", state_.step, ": loss ", s.loss, ", token accuracy ", s.mean_token_accuracy);
      if (config_.checkpoint.best_metric == "loss") value = -s.loss;
    }
    if (backend_) {
      backend_->publisher().publish(state_.policy_version, learner_->weights());
      const EvalSummary s = inputs_.problems.run(backend_->source(), *rewarder_, state_.step, run_.first_or_last(), &run_.stop(),
                                                 run_.folder(), metrics);
      if (config_.checkpoint.best_metric == "reward") value = s.reward;
    }
    const double seconds = seconds_since(begin);
    state_.elapsed_s += seconds;
    metrics.set("eval/time_s", seconds);
    run_.add_cost(metrics);
    run_.folder().metrics().write_line(metrics.to_json_line());
    return value;
  }

  const SftConfig& config_;
  TrainingRun run_;
  TrainerState& state_ = run_.state();
  SftInputs inputs_;
  SftOrder order_;
  std::unique_ptr<Rewarder> rewarder_;
  std::unique_ptr<SftLearner> learner_;
  std::unique_ptr<RolloutBackend> backend_;
  std::vector<const SftExample*> held_out_;
};

void print_sft_plan(const SftConfig& config) {
  const SftInputs inputs(config);
  const ModelConfig& m = inputs.model.folder.config;
  if (config.model.init == "none") load_weights(inputs.model.folder);
  if (!inputs.problems.empty()) {
    make_rewarder(inputs.generation);
    const RolloutBackend backend(inputs.generation, inputs.model);
  }
  SftOrder order = inputs.order(config);
  const double epochs = order.epoch_after(config.run.max_steps - 1);
  const std::string memory = format("%.2f GiB", 16.0 * static_cast<double>(m.parameter_count()) / (1 << 30));
  std::cout << to_json(config).dump(2) << "\n\n"
            << "model      " << config.model.path << ": " << m.model_type << ", " << m.parameter_count() << " parameters, context "
            << m.max_position_embeddings << (config.model.init == "none" ? "" : ", random weights") << "\n"
            << "train      " << config.data.train_file << ": " << stats_text(inputs.train_stats) << "\n";
  if (!inputs.held_out.empty()) std::cout << "held out   " << config.eval.loss_file << ": " << stats_text(inputs.held_out_stats) << "\n";
  std::cout << "steps      " << config.run.max_steps << " of " << config.sft.batch_size << " rows = " << epochs << " epochs\n"
            << "memory     about " << memory << " for weights, gradients and moments, plus activations of "
            << config.optim.max_tokens_per_micro_batch << " tokens\n"
            << "run folder " << config.run.output_dir << "\n";
}

}  // namespace

int run_sft(const SftConfig& config, const SftOptions& options, const std::atomic<bool>& stop) {
  if (options.dry_run) {
    print_sft_plan(config);
    return 0;
  }
  SftTrainer trainer(config, options.resume, stop);
  return trainer.run();
}

}  // namespace hone
