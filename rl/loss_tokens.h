// The loss's inputs as its formulas want them: masked tokens neutralised, and each token's sequence at hand. A quantity is [N], one
// a token, or [S], one a sequence. Internal to the loss.
// Thread rule: plain data and pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/torch.h"
#include "rl/grpo_loss.h"

namespace hone {

inline constexpr double kMaxLogRatio = 20.0;  // e^20 = 5e8: far outside any clip range, and finite in float32

struct LossTokens {
  at::Tensor logprobs, old_logprobs, reference_logprobs, sampling_logprobs, entropies;  // [N] 0 at masked tokens
  at::Tensor mask;                                                                      // [N] bool
  at::Tensor advantages;                                                                // [N] of the token's sequence
  at::Tensor sequence_advantages;                                                       // [S]
  at::Tensor sequence;                // [N] int64 index of the token's sequence
  at::Tensor lengths;                 // [S] tokens that count, at least 1
  std::vector<uint8_t> host_mask;     // [N]
  std::vector<int64_t> host_lengths;  // [S] tokens that count
  std::vector<int64_t> begin;         // [S+1] offsets into [N]

  /// Sums [N] within each sequence: [S].
  at::Tensor sum_per_sequence(const at::Tensor& per_token) const;
  /// The value of each token's sequence: [S] -> [N].
  at::Tensor at_tokens(const at::Tensor& per_sequence) const { return per_sequence.index_select(0, sequence); }
  /// 0 at masked tokens.
  at::Tensor masked(const at::Tensor& per_token) const;
};

/// Throws internal when shapes do not fit.
LossTokens prepare_tokens(const LossInputs& inputs, const GrpoLossConfig& config);

/// exp(min(x, kMaxLogRatio)); gradient 0 beyond.
inline at::Tensor bounded_exp(const at::Tensor& log_ratio) { return log_ratio.clamp_max(kMaxLogRatio).exp(); }

}  // namespace hone
