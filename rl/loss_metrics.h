// What the loss reports, as sums that add up over micro-batches: a step's metrics do not depend on how it was cut.
// Thread rule: plain data.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "rl/grpo_loss_config.h"

namespace hone {

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
  bool has_kl = false;
  bool has_entropy = false;

  void merge(const LossMetrics& other);
  /// TRL's names: clip_ratio/{low_mean,low_min,high_mean,high_max,region_mean}, or cispo_clip_ratio; kl and entropy
  /// where known. low_min and high_max are NaN when no sequence has tokens.
  std::map<std::string, double> values(LossType loss_type) const;
};

}  // namespace hone
