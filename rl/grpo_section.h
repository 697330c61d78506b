// The config sections of the algorithm: `grpo` (groups, advantages and loss, under TRL's names), `dynamic_sampling`, `curriculum`.
// docs/algorithms.md has formula and paper of each. Plain data and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "proto/base/config.h"
#include "rl/advantages.h"
#include "rl/grpo_loss_config.h"

namespace hone {

struct GrpoSection {
  int64_t num_generations = 8;
  int64_t prompts_per_step = 8;
  std::string loss_type = "dapo";
  std::string advantage_estimator = "grpo";
  std::string scale_rewards = "group";
  std::string multi_objective_aggregation = "sum_then_normalize";
  double epsilon = 0.2;
  std::optional<double> epsilon_high;
  std::optional<double> delta;
  double beta = 0.0;
  bool use_bias_correction_kl = true;
  bool sync_ref_model = false;
  double ref_model_mixup_alpha = 0.6;
  int64_t ref_model_sync_steps = 512;
  int64_t num_iterations = 1;
  int64_t steps_per_generation = 1;
  bool mask_truncated_completions = false;
  std::string importance_sampling_level = "token";
  double top_entropy_quantile = 1.0;
  double entropy_coef = 0.0;
  std::optional<double> off_policy_mask_threshold;
  std::string sampler_importance_sampling = "none";
  std::optional<double> sampler_is_clip_max = 3.0;
  std::optional<double> sampler_is_clip_min;
  double sapo_temperature_pos = 1.0;
  double sapo_temperature_neg = 1.05;
  double vespo_k_pos = 2.0;
  double vespo_lambda_pos = 3.0;
  double vespo_k_neg = 3.0;
  double vespo_lambda_neg = 2.0;

  /// A completion with advantage 0 still has a gradient, or decides which tokens have one.
  bool needs_zero_advantages() const { return beta > 0.0 || entropy_coef != 0.0 || top_entropy_quantile < 1.0; }
  /// Updates of one step.
  int64_t updates() const { return num_iterations * steps_per_generation; }
};
void visit(ConfigVisitor& v, GrpoSection& c);
/// Throws invalid_argument with the JSON path where two settings do not go together.
void validate(const GrpoSection& c);

GrpoLossConfig loss_config(const GrpoSection& c, int64_t max_completion_length);
AdvantageConfig advantage_config(const GrpoSection& c);

/// Which groups a step trains on; see rl/dynamic_sampling.h.
struct DynamicSamplingSection {
  bool enabled = false;
  int64_t max_tries = 10;
  double min_std = 0.0;
  std::optional<double> min_mean;
  std::optional<double> max_mean;
};
void visit(ConfigVisitor& v, DynamicSamplingSection& c);
void validate(const DynamicSamplingSection& c);

/// Which problems come next; see rl/problem_stream.h.
struct CurriculumSection {
  bool enabled = false;
  double pass_reward = 1.0;
  double min_pass_rate = 0.1;
  double max_pass_rate = 0.9;
  int64_t requeue_after = 50;
  double requeue_share = 0.25;
  int64_t rest_after_pass = 200;
};
void visit(ConfigVisitor& v, CurriculumSection& c);
void validate(const CurriculumSection& c);

}  // namespace hone
