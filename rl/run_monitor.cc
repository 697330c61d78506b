#include "rl/run_monitor.h"

#include <cmath>
#include <string>
#include <utility>

#include "proto/base/log.h"

namespace hone {
namespace {

constexpr int64_t kBaselineSteps = 5;
constexpr double kNegligibleEntropy = 0.05;  // nats: above it, a policy that began with more still explores

}  // namespace

void visit(ConfigVisitor& v, WarningsSection& c) {
  v.field("no_spread_steps", c.no_spread_steps, {.min = 1},
          "warn when in so many steps in a row no group's rewards differ");
  v.field("truncated_share", c.truncated_share, {.min = 0, .max = 1, .min_open = true},
          "warn when this share of completions or more was cut off by the length limit");
  v.field("error_share", c.error_share, {.min = 0, .max = 1},
          "warn when more than this share of completions could not be judged");
  v.field("ratio_deviation", c.ratio_deviation, {.min = 0, .min_open = true},
          "warn when probabilities of sampler and learner, or before and after a step's updates, differ by more than a "
          "factor of 1 + this on average");
  v.field("collapse_share", c.collapse_share, {.min = 0, .max = 1},
          "warn when mean length or entropy fall below this share of their first values");
}

void RunMonitor::check(Metrics& metrics) {
  no_spread_streak_ = metrics.get("groups/no_spread_ratio") >= 1.0 ? no_spread_streak_ + 1 : 0;
  update_baseline(metrics);
  const double limit = std::log1p(config_.ratio_deviation);
  const double length = metrics.get("completions/mean_length"), entropy = metrics.get("entropy"),
               errors = metrics.get("rewards/error_ratio");
  const double difference = metrics.get("sampling/sampling_logp_difference/mean"),
               drift = metrics.get("learner/mean_abs_log_ratio");
  const bool trained = metrics.get("learner/trained_tokens") > 0;

  set(no_reward_spread, no_spread_streak_ >= config_.no_spread_steps,
      join("in ", no_spread_streak_,
           " steps in a row no group had two different rewards, so nothing is learned: the problems are too hard or "
           "too easy, the "
           "reward cannot tell answers apart, or num_generations is too small; look at reward and completions.jsonl"),
      metrics);
  check_truncation(metrics);
  set(reward_errors, errors > config_.error_share,
      join(100 * errors,
           " % of the completions could not be judged since a reward function failed; \"detail\" in completions.jsonl "
           "says why"),
      metrics);
  set(off_policy, trained && difference > limit,
      join("sampler and learner differ by a factor of ", std::exp(difference),
           " in a token's probability on average: stale or other weights on a worker, or other arithmetic; ",
           run_.corrects_sampler
               ? "grpo.sampler_importance_sampling corrects for it within its bounds; lower rollout.max_staleness or optim.learning_rate, or "
               : "set grpo.sampler_importance_sampling, or ",
           "check the workers' model and version"),
      metrics);
  set(large_updates, drift > limit,
      join("the ", run_.updates, " updates of a step change a token's probability by a factor of ", std::exp(drift),
           " on average; lower optim.learning_rate, "
           "grpo.num_iterations or grpo.steps_per_generation"),
      metrics);
  set(length_collapse, collapsed(length, baseline_length_),
      join("mean length fell from ", baseline_length_, " to ", length,
           " tokens: short answers are rewarded, or a length penalty or the loss's normalisation "
           "(grpo.loss_type) favours them"),
      metrics);
  set(entropy_collapse, trained && collapsed(entropy, baseline_entropy_) && entropy < kNegligibleEntropy,
      join("entropy fell from ", baseline_entropy_, " to ", entropy,
           " nats: the policy hardly explores any more; good at full reward, else raise "
           "grpo.epsilon_high or grpo.entropy_coef, or lower optim.learning_rate"),
      metrics);
}

void RunMonitor::check_truncation(Metrics& metrics) {
  const double share = metrics.get("completions/clipped_ratio");
  set(all_truncated, share >= config_.truncated_share,
      join(100 * share, " % of the completions were cut off at ", run_.max_length,
           " tokens: the model hardly ever ends its answer; raise sampling.max_completion_length, or check the stop "
           "tokens and the prompt template"),
      metrics);
}

/// Means over the first steps that trained.
void RunMonitor::update_baseline(const Metrics& metrics) {
  const double length = metrics.get("completions/mean_length"), entropy = metrics.get("entropy");
  if (baseline_steps_ >= kBaselineSteps || std::isnan(length) || std::isnan(entropy) ||
      metrics.get("learner/trained_tokens") == 0)
    return;
  const auto n = static_cast<double>(++baseline_steps_);
  baseline_length_ += (length - baseline_length_) / n;
  baseline_entropy_ += (entropy - baseline_entropy_) / n;
}

bool RunMonitor::collapsed(double value, double baseline) const {
  return baseline_steps_ >= kBaselineSteps && value < config_.collapse_share * baseline;
}

void RunMonitor::set(Condition condition, bool holds, const std::string& text, Metrics& metrics) {
  if (holds && !std::exchange(reported_[condition], true)) log_warning(kNames[condition], ": ", text);
  metrics.set_integer("warnings/" + std::string(kNames[condition]), holds ? 1 : 0);
}

RunMonitorState RunMonitor::state() const {
  RunMonitorState state{no_spread_streak_, baseline_steps_, baseline_length_, baseline_entropy_, {}};
  for (std::size_t i = 0; i < kCount; ++i)
    if (reported_[i]) state.reported.push_back(static_cast<int64_t>(i));
  return state;
}

void RunMonitor::restore(const RunMonitorState& state) {
  no_spread_streak_ = state.no_spread_streak;
  baseline_steps_ = state.baseline_steps;
  baseline_length_ = state.baseline_length;
  baseline_entropy_ = state.baseline_entropy;
  reported_.fill(false);
  for (const int64_t i : state.reported)
    if (i >= 0 && i < static_cast<int64_t>(kCount)) reported_[static_cast<std::size_t>(i)] = true;
}

}  // namespace hone
