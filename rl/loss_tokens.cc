#include "rl/loss_tokens.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "proto/base/error.h"

namespace hone {

namespace {

void check_shapes(const LossInputs& in, const GrpoLossConfig& config) {
  HONE_CHECK(in.logprobs.defined() && in.logprobs.dim() == 1, "logprobs must be [N]");
  HONE_CHECK(!in.sequence_begin.empty() && in.sequence_begin.front() == 0 &&
                 in.sequence_begin.back() == in.logprobs.numel() &&
                 std::is_sorted(in.sequence_begin.begin(), in.sequence_begin.end()),
             "sequence_begin must rise from 0 to N");
  HONE_CHECK(in.advantages.size() + 1 == in.sequence_begin.size(), "advantages must be [S]");
  HONE_CHECK(in.truncated.empty() || in.truncated.size() == in.advantages.size(), "truncated must be [S] or empty");
  for (const at::Tensor* tensor :
       {&in.old_logprobs, &in.reference_logprobs, &in.sampling_logprobs, &in.entropies, &in.token_mask}) {
    HONE_CHECK(!tensor->defined() || tensor->sizes() == in.logprobs.sizes(),
               "tensors of one value a token must be [N]");
  }
  HONE_CHECK(config.beta == 0.0 || in.reference_logprobs.defined(), "beta > 0 needs reference_logprobs");
  HONE_CHECK(config.sampler_importance_sampling == SamplerCorrection::none || in.sampling_logprobs.defined(),
             "sampler_importance_sampling needs sampling_logprobs");
  HONE_CHECK(!config.needs_entropy() || in.entropies.defined(), "top_entropy_quantile and entropy_coef need entropies");
}

template <class T>
at::Tensor host_copy(std::span<const T> values, at::ScalarType type) {
  const auto size = static_cast<int64_t>(values.size());
  return at::from_blob(const_cast<T*>(values.data()), {size}, at::TensorOptions().dtype(type)).clone();
}

/// Which tokens count, and how many in each sequence.
void set_host_mask(LossTokens& tokens, const LossInputs& in, const GrpoLossConfig& config) {
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

}  // namespace

at::Tensor LossTokens::sum_per_sequence(const at::Tensor& per_token) const {
  return at::zeros(lengths.sizes(), per_token.options()).index_add(0, sequence, per_token);
}

at::Tensor LossTokens::masked(const at::Tensor& per_token) const {
  return at::where(mask, per_token, at::zeros({}, per_token.options()));
}

LossTokens prepare_tokens(const LossInputs& in, const GrpoLossConfig& config) {
  check_shapes(in, config);
  LossTokens tokens;
  set_host_mask(tokens, in, config);
  tokens.begin.assign(in.sequence_begin.begin(), in.sequence_begin.end());
  const auto device = in.logprobs.device();
  const auto type = in.logprobs.scalar_type();
  std::vector<int64_t> sequence(tokens.host_mask.size());
  for (std::size_t s = 0; s + 1 < in.sequence_begin.size(); ++s) {
    std::fill(sequence.begin() + in.sequence_begin[s], sequence.begin() + in.sequence_begin[s + 1],
              static_cast<int64_t>(s));
  }
  tokens.sequence = host_copy<int64_t>(sequence, at::kLong).to(device);
  tokens.mask = host_copy<uint8_t>(tokens.host_mask, at::kByte).to(device, at::kBool);
  tokens.lengths = host_copy<int64_t>(tokens.host_lengths, at::kLong).clamp_min(1).to(device, type);
  tokens.sequence_advantages = host_copy<double>(in.advantages, at::kDouble).to(device, type);
  tokens.advantages = tokens.at_tokens(tokens.sequence_advantages);

  const auto neutralise = [&](const at::Tensor& values) {
    return values.defined() ? tokens.masked(values) : at::Tensor();
  };
  tokens.logprobs = neutralise(in.logprobs);
  tokens.old_logprobs = in.old_logprobs.defined() ? neutralise(in.old_logprobs.detach()) : tokens.logprobs.detach();
  if (config.beta > 0.0) tokens.reference_logprobs = neutralise(in.reference_logprobs.detach());
  if (in.sampling_logprobs.defined()) tokens.sampling_logprobs = neutralise(in.sampling_logprobs.detach());
  if (in.entropies.defined())
    tokens.entropies = neutralise(config.entropy_coef != 0.0 ? in.entropies : in.entropies.detach());
  return tokens;
}

}  // namespace hone
