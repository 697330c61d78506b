// What the loss reports, as sums that add up over micro-batches: a step's metrics do not depend on how it was cut.
// Thread rule: plain data.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "rl/grpo_loss_config.h"

namespace hone {

/// Sum, extremes and count of some values.
struct Tally {
  double sum = 0, count = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();

  void add(double value);
  void merge(const Tally& other);
  double mean() const { return count > 0 ? sum / count : 0.0; }
};

struct LossMetrics {
  int64_t sequences = 0;
  int64_t tokens = 0;       // that count in the loss
  double ratio_count = 0;   // number of ratios: tokens, or sequences at level sequence
  double low_clipped = 0;   // ratios below 1 - epsilon whose advantage is negative
  double high_clipped = 0;  // ratios above 1 + epsilon_high (cispo: epsilon_high) whose advantage is positive
  double low_min = std::numeric_limits<double>::infinity();    // smallest clipped share of a sequence with tokens
  double high_max = -std::numeric_limits<double>::infinity();  // largest
  double kl_sum = 0;                                           // nats, over tokens
  double entropy_sum = 0;                                      // nats, over tokens
  double phi_sum = 0;                                          // vespo's weight, over sequences
  double policy_loss = 0;                                      // the loss without the entropy bonus
  double abs_log_ratio_sum = 0;                                // |log pi - log pi_old|, over tokens
  bool has_kl = false;
  bool has_entropy = false;
  bool has_policy_loss = false;  // when an entropy bonus is part of the loss

  void merge(const LossMetrics& other);
  /// TRL's names: clip_ratio/{low_mean,low_min,high_mean,high_max,region_mean}, or cispo_clip_ratio, or
  /// vespo/phi_seq_mean; kl, entropy and policy_loss where known. low_min and high_max are NaN when no sequence has tokens.
  std::map<std::string, double> values(LossType loss_type) const;
  /// Mean of |log pi - log pi_old|: 0 in the first update of a step.
  double mean_abs_log_ratio() const;
};

/// How the learner's old policy and the sampler differ, over the tokens that count.
struct SamplerMetrics {
  Tally difference;  // |log pi_old - log pi_sampler| where both are known
  Tally ratio;       // the correction after its bounds, over tokens or sequences; empty without a correction

  void merge(const SamplerMetrics& other);
  /// TRL's names: sampling/sampling_logp_difference/{mean,max}, and with a correction
  /// sampling/importance_sampling_ratio/{min,mean,max}.
  std::map<std::string, double> values(SamplerCorrection correction) const;
};

}  // namespace hone
