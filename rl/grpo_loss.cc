#include "rl/grpo_loss.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "proto/base/error.h"

namespace hone {

namespace {

constexpr double kMaxLogRatio = 20.0;  // e^20 = 5e8: far outside any clip range, and finite in float32

/// The inputs with masked tokens neutralised, and what each token needs to know of its sequence.
struct Tokens {
  at::Tensor logprobs, old_logprobs, reference_logprobs, entropies;  // [N] 0 at masked tokens
  at::Tensor mask;                                                   // [N] bool
  at::Tensor advantages;                                             // [N] of the token's sequence
  at::Tensor sequence;                                               // [N] int64 index of the token's sequence
  at::Tensor lengths;                                                // [S] tokens that count, at least 1
  std::vector<uint8_t> host_mask;                                    // [N]
  std::vector<int64_t> host_lengths;                                 // [S] tokens that count
};

void check_shapes(const LossInputs& in, const GrpoLossConfig& config) {
  HONE_CHECK(in.logprobs.defined() && in.logprobs.dim() == 1, "logprobs must be [N]");
  HONE_CHECK(!in.sequence_begin.empty() && in.sequence_begin.front() == 0 &&
                 in.sequence_begin.back() == in.logprobs.numel() &&
                 std::is_sorted(in.sequence_begin.begin(), in.sequence_begin.end()),
             "sequence_begin must rise from 0 to N");
  HONE_CHECK(in.advantages.size() + 1 == in.sequence_begin.size(), "advantages must be [S]");
  HONE_CHECK(in.truncated.empty() || in.truncated.size() == in.advantages.size(), "truncated must be [S] or empty");
  for (const at::Tensor* tensor : {&in.old_logprobs, &in.reference_logprobs, &in.entropies, &in.token_mask}) {
    HONE_CHECK(!tensor->defined() || tensor->sizes() == in.logprobs.sizes(),
               "tensors of one value a token must be [N]");
  }
  HONE_CHECK(config.beta == 0.0 || in.reference_logprobs.defined(), "beta > 0 needs reference_logprobs");
}

template <class T>
at::Tensor host_copy(std::span<const T> values, at::ScalarType type) {
  const auto size = static_cast<int64_t>(values.size());
  return at::from_blob(const_cast<T*>(values.data()), {size}, at::TensorOptions().dtype(type)).clone();
}

/// Which tokens count, and how many in each sequence.
void set_host_mask(Tokens& tokens, const LossInputs& in, const GrpoLossConfig& config) {
  const std::size_t sequences = in.advantages.size();
  tokens.host_mask.assign(static_cast<std::size_t>(in.logprobs.numel()), 1);
  tokens.host_lengths.assign(sequences, 0);
  if (in.token_mask.defined()) {
    const at::Tensor mask = in.token_mask.to(at::kCPU, at::kByte).contiguous();
    std::copy_n(mask.const_data_ptr<uint8_t>(), tokens.host_mask.size(), tokens.host_mask.begin());
  }
  for (std::size_t s = 0; s < sequences; ++s) {
    const bool masked = config.mask_truncated_completions && !in.truncated.empty() && in.truncated[s] != 0;
    for (auto i = static_cast<std::size_t>(in.sequence_begin[s]);
         i < static_cast<std::size_t>(in.sequence_begin[s + 1]); ++i) {
      if (masked) tokens.host_mask[i] = 0;
      tokens.host_lengths[s] += tokens.host_mask[i];
    }
  }
}

Tokens prepare(const LossInputs& in, const GrpoLossConfig& config) {
  Tokens tokens;
  set_host_mask(tokens, in, config);
  const auto device = in.logprobs.device();
  std::vector<int64_t> sequence(tokens.host_mask.size());
  for (std::size_t s = 0; s + 1 < in.sequence_begin.size(); ++s) {
    std::fill(sequence.begin() + in.sequence_begin[s], sequence.begin() + in.sequence_begin[s + 1],
              static_cast<int64_t>(s));
  }
  tokens.sequence = host_copy<int64_t>(sequence, at::kLong).to(device);
  tokens.mask = host_copy<uint8_t>(tokens.host_mask, at::kByte).to(device, at::kBool);
  tokens.lengths =
      host_copy<int64_t>(tokens.host_lengths, at::kLong).clamp_min(1).to(device, in.logprobs.scalar_type());
  tokens.advantages = host_copy<double>(in.advantages, at::kDouble)
                          .to(device, in.logprobs.scalar_type())
                          .index_select(0, tokens.sequence);

  const auto neutralise = [&](const at::Tensor& values) {
    return values.defined() ? at::where(tokens.mask, values, at::zeros({}, values.options())) : at::Tensor();
  };
  tokens.logprobs = neutralise(in.logprobs);
  tokens.old_logprobs = in.old_logprobs.defined() ? neutralise(in.old_logprobs.detach()) : tokens.logprobs.detach();
  if (config.beta > 0.0) tokens.reference_logprobs = neutralise(in.reference_logprobs.detach());
  if (in.entropies.defined()) tokens.entropies = neutralise(in.entropies.detach());
  return tokens;
}

at::Tensor bounded_exp(const at::Tensor& log_ratio) { return log_ratio.clamp_max(kMaxLogRatio).exp(); }

/// log(pi / pi_old) of each token, or of its sequence: the mean over the sequence's tokens.
at::Tensor log_ratio(const Tokens& tokens, ImportanceSamplingLevel level) {
  const at::Tensor of_token = tokens.logprobs - tokens.old_logprobs;
  if (level == ImportanceSamplingLevel::token) return of_token;
  const at::Tensor sums = at::zeros(tokens.lengths.sizes(), of_token.options()).index_add(0, tokens.sequence, of_token);
  return (sums / tokens.lengths).index_select(0, tokens.sequence);
}

at::Tensor clip(const at::Tensor& ratio, const GrpoLossConfig& config) {
  return ratio.clamp(1.0 - config.epsilon, 1.0 + config.upper_epsilon());
}

/// What each token adds to the objective: the clipped ratio times the advantage, in the form of the loss type.
at::Tensor surrogate(const at::Tensor& ratio, const Tokens& tokens, const GrpoLossConfig& config) {
  if (config.loss_type == LossType::cispo) {
    return ratio.detach().clamp_max(config.upper_epsilon()) * tokens.advantages * tokens.logprobs;
  }
  if (config.loss_type == LossType::sapo) {
    const at::Tensor temperature = at::full_like(tokens.advantages, config.sapo_temperature_neg)
                                       .masked_fill(tokens.advantages > 0, config.sapo_temperature_pos);
    return at::sigmoid(temperature * (ratio - 1.0)) * 4.0 / temperature * tokens.advantages;
  }
  const at::Tensor unclipped = config.delta ? ratio.clamp_max(*config.delta) : ratio;
  return at::minimum(unclipped * tokens.advantages, clip(ratio, config) * tokens.advantages);
}

/// k3 estimate of KL(pi || pi_ref): exp(d) - d - 1 with d = log(pi_ref / pi).
at::Tensor kl_divergence(const Tokens& tokens) {
  const at::Tensor d = (tokens.reference_logprobs - tokens.logprobs).clamp_max(kMaxLogRatio);
  return d.exp() - d - 1.0;
}

/// One number of all tokens' losses; masked tokens hold 0.
at::Tensor aggregate(const at::Tensor& per_token_loss, const Tokens& tokens, const StepTotals& totals,
                     const GrpoLossConfig& config) {
  const auto step_sequences = static_cast<double>(std::max<int64_t>(1, totals.sequences));
  const auto step_tokens = static_cast<double>(std::max<int64_t>(1, totals.tokens));
  switch (config.loss_type) {
    case LossType::grpo:
    case LossType::sapo:
      return (per_token_loss / tokens.lengths.index_select(0, tokens.sequence)).sum() / step_sequences;
    case LossType::bnpo:
    case LossType::dapo:
    case LossType::cispo:
      return per_token_loss.sum() / step_tokens;
    case LossType::dr_grpo:
      return per_token_loss.sum() / (step_sequences * static_cast<double>(config.max_completion_length));
  }
  HONE_CHECK(false, "unknown loss type");
}

/// Shares of the ratios that the clip changes: low and high, over all and per sequence.
void count_clipped(LossMetrics& metrics, const at::Tensor& ratio, const Tokens& tokens, const LossInputs& in,
                   const GrpoLossConfig& config) {
  const bool cispo = config.loss_type == LossType::cispo;
  const bool per_sequence = config.importance_sampling_level == ImportanceSamplingLevel::sequence;
  const double upper = cispo ? config.upper_epsilon() : 1.0 + config.upper_epsilon();
  const at::Tensor low = ((ratio < 1.0 - config.epsilon) & (tokens.advantages < 0)).to(at::kCPU, at::kByte);
  const at::Tensor high = ((ratio > upper) & (tokens.advantages > 0)).to(at::kCPU, at::kByte);
  const std::span low_flags(low.const_data_ptr<uint8_t>(), tokens.host_mask.size());
  const std::span high_flags(high.const_data_ptr<uint8_t>(), tokens.host_mask.size());

  for (std::size_t s = 0; s < tokens.host_lengths.size(); ++s) {
    double low_count = 0;
    double high_count = 0;
    for (auto i = static_cast<std::size_t>(in.sequence_begin[s]);
         i < static_cast<std::size_t>(in.sequence_begin[s + 1]); ++i) {
      low_count += low_flags[i] & tokens.host_mask[i];
      high_count += high_flags[i] & tokens.host_mask[i];
    }
    const auto length = static_cast<double>(tokens.host_lengths[s]);
    const double weight = per_sequence && length > 0 ? 1.0 / length : 1.0;  // the tokens of a sequence share one ratio
    metrics.low_clipped += low_count * weight;
    metrics.high_clipped += high_count * weight;
    metrics.ratio_count += per_sequence ? 1.0 : length;
    if (length == 0) continue;
    metrics.low_min = std::min(metrics.low_min, low_count / length);
    metrics.high_max = std::max(metrics.high_max, high_count / length);
  }
}

LossMetrics measure(const at::Tensor& ratio, const at::Tensor& kl, const Tokens& tokens, const LossInputs& in,
                    const GrpoLossConfig& config) {
  LossMetrics metrics;
  metrics.sequences = static_cast<int64_t>(tokens.host_lengths.size());
  for (int64_t length : tokens.host_lengths) metrics.tokens += length;
  count_clipped(metrics, ratio.detach(), tokens, in, config);
  metrics.has_kl = kl.defined();
  metrics.has_entropy = tokens.entropies.defined();
  if (metrics.has_kl) metrics.kl_sum = kl.detach().sum(at::kDouble).item<double>();
  if (metrics.has_entropy) metrics.entropy_sum = tokens.entropies.sum(at::kDouble).item<double>();
  return metrics;
}

}  // namespace

LossOutput grpo_loss(const LossInputs& inputs, const StepTotals& totals, const GrpoLossConfig& config) {
  validate(config);
  check_shapes(inputs, config);
  const Tokens tokens = prepare(inputs, config);

  const at::Tensor ratio = bounded_exp(log_ratio(tokens, config.importance_sampling_level));
  at::Tensor per_token_loss = -surrogate(ratio, tokens, config);
  at::Tensor kl;
  if (config.beta > 0.0) {
    kl = kl_divergence(tokens);
    if (config.use_bias_correction_kl) kl = kl * ratio;
    per_token_loss = per_token_loss + config.beta * kl;
  }
  per_token_loss = at::where(tokens.mask, per_token_loss, at::zeros({}, per_token_loss.options()));

  return {aggregate(per_token_loss, tokens, totals, config), measure(ratio, kl, tokens, inputs, config)};
}

}  // namespace hone
