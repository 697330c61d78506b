#include "policy/kernels/softmax_row.h"

#include <algorithm>
#include <cmath>

#include "policy/kernels/row_exp.h"
#include "proto/base/error.h"

namespace hone {
namespace {

/// Tiny temperatures stay finite in float32; all but the largest logits vanish long before.
float inverse_temperature(double temperature) {
  return temperature == 0.0 ? 1.0f : static_cast<float>(std::min(1.0 / temperature, 1e30));
}

std::vector<double>& block_sum_scratch() {
  thread_local std::vector<double> sums;
  return sums;
}

}  // namespace

SoftmaxRow::SoftmaxRow(std::span<const float> logits, double temperature)
    : scale(inverse_temperature(temperature)), sums(block_sum_scratch()) {
  HONE_CHECK(!logits.empty(), "no logits");
  const auto n = static_cast<int64_t>(logits.size());
  max = max_value(logits.data(), n);
  sums.resize(static_cast<std::size_t>((n + kExpBlock - 1) / kExpBlock));
  exp_block_sums(logits.data(), n, max, scale, sums.data());
  for (const double s : sums) total += s;
  if (!std::isfinite(max) || !std::isfinite(total)) {
    throw Error(ErrorCode::failed_precondition, "logits are not finite; the weights have diverged or are corrupt");
  }
}

float SoftmaxRow::logprob(float logit) const {
  return static_cast<float>((static_cast<double>(logit) - static_cast<double>(max)) * static_cast<double>(scale) - std::log(total));
}

float SoftmaxRow::log_sum_exp() const { return static_cast<float>(static_cast<double>(max) * static_cast<double>(scale) + std::log(total)); }

}  // namespace hone
