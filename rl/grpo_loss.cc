#include "rl/grpo_loss.h"

#include <algorithm>
#include <cmath>

#include "proto/base/error.h"
#include "rl/loss_measure.h"
#include "rl/loss_tokens.h"
#include "rl/off_policy.h"

namespace hone {

namespace {

/// log(pi / pi_old): of each token [N], or at level sequence the mean over each sequence's tokens [S].
at::Tensor log_ratio(const LossTokens& tokens, ImportanceSamplingLevel level) {
  const at::Tensor of_token = tokens.logprobs - tokens.old_logprobs;
  if (level == ImportanceSamplingLevel::token) return of_token;
  return tokens.sum_per_sequence(of_token) / tokens.lengths;
}

at::Tensor clip(const at::Tensor& ratio, const GrpoLossConfig& config) {
  return ratio.clamp(1.0 - config.epsilon, 1.0 + config.upper_epsilon());
}

/// The ratio of the unclipped branch: bounded above by delta (two-sided clipping).
at::Tensor bound(const at::Tensor& ratio, const GrpoLossConfig& config) {
  return config.delta ? ratio.clamp_max(*config.delta) : ratio;
}

/// SAPO's gate: a sigmoid around ratio 1 with slope 1 there.
at::Tensor soft_gate(const at::Tensor& ratio, const LossTokens& tokens, const GrpoLossConfig& config) {
  const at::Tensor temperature = at::full_like(tokens.advantages, config.sapo_temperature_neg)
                                     .masked_fill(tokens.advantages > 0, config.sapo_temperature_pos);
  return at::sigmoid(temperature * (ratio - 1.0)) * 4.0 / temperature;
}

/// VESPO's phi(w) = e^lambda w^k e^(-lambda w) of each sequence [S], w the product of its tokens' ratios to the sampler.
at::Tensor gamma_weight(const LossTokens& tokens, const SamplerRatio& sampler, const VespoConfig& config) {
  const at::NoGradGuard no_grad;
  const double smallest = std::log(1e-8);
  at::Tensor log_w =
      tokens.sum_per_sequence((tokens.logprobs - tokens.old_logprobs).clamp(-kMaxLogRatio, kMaxLogRatio));
  if (sampler.values.defined()) {
    const at::Tensor correction = sampler.values.log().clamp(smallest, kMaxLogRatio);
    log_w = log_w + (sampler.per_sequence ? correction : tokens.sum_per_sequence(tokens.masked(correction)));
  }
  log_w = log_w.clamp(smallest, kMaxLogRatio);
  const at::Tensor negative = tokens.sequence_advantages < 0;
  const at::Tensor k = at::full_like(log_w, config.k_pos).masked_fill(negative, config.k_neg);
  const at::Tensor lambda =
      at::full_like(log_w, config.lambda_pos).masked_fill(negative, config.lambda_neg).clamp_min(1e-4);
  return at::nan_to_num((lambda + k * log_w - lambda * log_w.exp()).exp(), 0.0, 0.0, 0.0);
}

/// What each token adds to the objective [N]: the clipped ratio times the advantage, in the form of the loss type.
at::Tensor surrogate(const at::Tensor& ratio, const at::Tensor& phi, const LossTokens& tokens,
                     const GrpoLossConfig& config) {
  if (config.loss_type == LossType::cispo)
    return ratio.detach().clamp_max(config.upper_epsilon()) * tokens.advantages * tokens.logprobs;
  if (config.loss_type == LossType::vespo) return tokens.at_tokens(phi) * tokens.advantages * tokens.logprobs;
  if (config.loss_type == LossType::sapo) return soft_gate(ratio, tokens, config) * tokens.advantages;
  return at::minimum(bound(ratio, config) * tokens.advantages, clip(ratio, config) * tokens.advantages);
}

/// The surrogate with what the data's origin and the tokens' entropy take from it.
at::Tensor weighted(at::Tensor objective, const SamplerRatio& sampler, const LossTokens& tokens,
                    const StepTotals& totals, const GrpoLossConfig& config) {
  if (config.off_policy_mask_threshold)
    objective = objective * tokens.at_tokens(off_policy_mask(tokens, *config.off_policy_mask_threshold));
  if (config.top_entropy_quantile < 1.0)
    objective = objective * (tokens.entropies.detach() >= totals.entropy_threshold);
  if (sampler.values.defined() && config.loss_type != LossType::vespo)  // vespo has it inside phi
    objective = objective * sampler.at_tokens(tokens);
  return objective;
}

/// k3 estimate of KL(pi || pi_ref) of each token: exp(d) - d - 1 with d = log(pi_ref / pi).
at::Tensor kl_divergence(const LossTokens& tokens) {
  const at::Tensor d = (tokens.reference_logprobs - tokens.logprobs).clamp_max(kMaxLogRatio);
  return d.exp() - d - 1.0;
}

/// One number of all tokens' losses; masked tokens hold 0.
at::Tensor aggregate(const at::Tensor& per_token_loss, const LossTokens& tokens, const StepTotals& totals,
                     const GrpoLossConfig& config) {
  const double step_sequences = std::max(1.0, totals.sequences);
  const double step_tokens = std::max(1.0, totals.tokens);
  switch (config.loss_type) {
    case LossType::grpo:
    case LossType::sapo: return (per_token_loss / tokens.at_tokens(tokens.lengths)).sum() / step_sequences;
    case LossType::bnpo:
    case LossType::dapo:
    case LossType::cispo:
    case LossType::vespo: return per_token_loss.sum() / step_tokens;
    case LossType::dr_grpo:
      return per_token_loss.sum() / (step_sequences * static_cast<double>(config.max_completion_length));
    case LossType::luspo: return per_token_loss.sum() / step_sequences;
  }
  HONE_CHECK(false, "unknown loss type");
}

/// Mean entropy of the step's tokens that count (the high ones under top_entropy_quantile): this part of it.
at::Tensor entropy_bonus(const LossTokens& tokens, const StepTotals& totals, const GrpoLossConfig& config) {
  at::Tensor entropies = tokens.entropies;
  if (config.top_entropy_quantile < 1.0) entropies = entropies * (entropies.detach() >= totals.entropy_threshold);
  return tokens.masked(entropies).sum() / std::max(1.0, totals.entropy_tokens);
}

}  // namespace

LossOutput grpo_loss(const LossInputs& inputs, const StepTotals& totals, const GrpoLossConfig& config) {
  validate(config);
  const LossTokens tokens = prepare_tokens(inputs, config);
  const bool per_sequence = config.importance_sampling_level == ImportanceSamplingLevel::sequence;

  const at::Tensor ratio = bounded_exp(log_ratio(tokens, config.importance_sampling_level));
  const at::Tensor token_ratio = per_sequence ? tokens.at_tokens(ratio) : ratio;
  const SamplerRatio sampler = sampler_ratio(tokens, config);
  const at::Tensor phi =
      config.loss_type == LossType::vespo ? gamma_weight(tokens, sampler, config.vespo) : at::Tensor();

  at::Tensor per_token_loss = -weighted(surrogate(token_ratio, phi, tokens, config), sampler, tokens, totals, config);
  at::Tensor kl;
  if (config.beta > 0.0) {
    kl = kl_divergence(tokens);
    if (config.use_bias_correction_kl) kl = kl * token_ratio;
    per_token_loss = per_token_loss + config.beta * kl;
  }
  const at::Tensor policy_loss = aggregate(tokens.masked(per_token_loss), tokens, totals, config);
  const at::Tensor loss = config.entropy_coef == 0.0
                              ? policy_loss
                              : policy_loss - config.entropy_coef * entropy_bonus(tokens, totals, config);

  const bool clips = config.loss_type != LossType::cispo;  // cispo counts the ratio before any bound
  return {loss, measure_loss({clips ? bound(ratio, config) : ratio, kl, phi, policy_loss.detach()}, tokens, config),
          measure_sampler(sampler, tokens)};
}

}  // namespace hone
