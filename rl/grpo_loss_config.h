// Settings of the GRPO loss under TRL's names. No torch, so that the configuration of a run can use them.
// Thread rule: plain data and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "rl/advantages.h"

namespace hone {

enum class LossType : uint8_t {
  grpo,     // DeepSeekMath arXiv:2402.03300: mean over sequences of the mean over tokens
  bnpo,     // mean over the tokens of the local batch
  dr_grpo,  // Dr. GRPO arXiv:2503.20783: constant divisor, no bias for length
  dapo,     // DAPO arXiv:2503.14476: mean over the tokens of the step
  cispo,    // MiniMax-M1 arXiv:2506.13585: clipped weight without gradient times log-probability
  sapo,     // SAPO arXiv:2511.20347: a sigmoid gate instead of the clip
  luspo,    // LUSPO arXiv:2602.05261: mean over sequences of the sum over tokens (meant for level sequence)
  vespo,  // VESPO arXiv:2602.10693: a gamma-shaped weight of the sequence's ratio, without gradient, times log-probability
};
std::string_view to_string(LossType value);
LossType loss_type_from_string(std::string_view name);  // throws invalid_argument

enum class ImportanceSamplingLevel : uint8_t {
  token,
  sequence,  // GSPO arXiv:2507.18071: one ratio a sequence, the geometric mean of its tokens' ratios
};
std::string_view to_string(ImportanceSamplingLevel value);
ImportanceSamplingLevel importance_sampling_level_from_string(std::string_view name);  // throws invalid_argument

/// Correction for completions that another policy than the learner's sampled: a stale version, other arithmetic. The
/// surrogate is multiplied by pi_old / pi_sampler (truncated importance sampling, Yao et al. 2025; MIS, Liu et al. 2025).
enum class SamplerCorrection : uint8_t {
  none,
  token_truncate,     // ratio of each token, cut to the bounds
  token_mask,         // ratio of each token, 0 outside the bounds
  sequence_truncate,  // product over the sequence, cut to the bounds
  sequence_mask,      // product over the sequence, 0 outside the bounds
};
std::string_view to_string(SamplerCorrection value);
SamplerCorrection sampler_correction_from_string(std::string_view name);  // throws invalid_argument

/// phi(w) = e^lambda w^k e^(-lambda w) of VESPO, 1 at w = 1; one pair for advantages >= 0, one for the others.
struct VespoConfig {
  double k_pos = 2.0;       // >= 0
  double lambda_pos = 3.0;  // >= 0
  double k_neg = 3.0;
  double lambda_neg = 2.0;
};

struct GrpoLossConfig {
  LossType loss_type = LossType::dapo;
  ImportanceSamplingLevel importance_sampling_level = ImportanceSamplingLevel::token;
  double epsilon = 0.2;                 // ratios below 1 - epsilon are clipped; in [0, 1]
  std::optional<double> epsilon_high;   // the same above 1 + epsilon_high (default: epsilon); cispo: weight limit
  std::optional<double> delta;          // upper bound of the ratio in the unclipped branch (two-sided clip); > 0
  double beta = 0.0;                    // weight of the KL term; >= 0; 0 = no reference policy
  bool use_bias_correction_kl = false;  // KL times the ratio: unbiased off-policy (DeepSeek-V3.2 arXiv:2512.02556)
  double sapo_temperature_pos = 1.0;    // > 0
  double sapo_temperature_neg = 1.05;   // > 0
  VespoConfig vespo;
  SamplerCorrection sampler_importance_sampling = SamplerCorrection::none;
  std::optional<double> sampler_is_clip_max = 3.0;  // > 0, or no bound
  std::optional<double> sampler_is_clip_min;        // >= 0, or no bound
  std::optional<double>
      off_policy_mask_threshold;      // DeepSeek-V3.2: drop sequences with A < 0 and mean KL above it; > 0
  double top_entropy_quantile = 1.0;  // surrogate of the top share of tokens by entropy (arXiv:2506.01939); in [0, 1]
  double entropy_coef = 0.0;          // weight of the mean entropy of the tokens that count, added to the objective
  AdvantageConfig advantage;          // scale_rewards, multi_objective_aggregation
  bool mask_truncated_completions = false;  // sequences without an end leave the loss (not the baseline)
  int64_t max_completion_length = 256;      // constant divisor of dr_grpo; >= 1

  double upper_epsilon() const { return epsilon_high.value_or(epsilon); }
  bool needs_entropy() const { return top_entropy_quantile < 1.0 || entropy_coef != 0.0; }
};

/// Throws invalid_argument naming the field, its value and its limits.
void validate(const GrpoLossConfig& config);

/// Tokens that count in the loss: of all sequences (offsets `sequence_begin` [S+1]), or of those that are not
/// `truncated` ([S], or empty = none) under mask_truncated_completions. The sum over a step is StepTotals::tokens.
int64_t loss_token_count(const GrpoLossConfig& config, std::span<const int64_t> sequence_begin,
                         std::span<const uint8_t> truncated);

}  // namespace hone
