// Soft-max of one row of logits at a temperature: the log-probability that the sampler reports and that the learner's exact
// numerics repeat. Exponentials are summed in float32 blocks of fixed lane order and in double over blocks (row_exp.h).
// Thread rule: an object belongs to its thread, and a thread holds one at a time (the block sums are the thread's scratch).
#pragma once

#include <span>
#include <vector>

namespace hone {

struct SoftmaxRow {
  float max;
  float scale;                // 1 / temperature; temperature 0 counts as 1
  double total = 0.0;         // sum of exp((logit - max) * scale)
  std::vector<double>& sums;  // of blocks of kExpBlock logits

  /// Throws failed_precondition for logits that are not finite: diverged or corrupt weights.
  SoftmaxRow(std::span<const float> logits, double temperature);

  float logprob(float logit) const;
  float log_sum_exp() const;  // of logits * scale
};

}  // namespace hone
