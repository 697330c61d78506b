#include "rl/loss_metrics.h"

#include <algorithm>
#include <cmath>

namespace hone {

void Tally::add(double value) {
  sum += value;
  count += 1.0;
  min = std::min(min, value);
  max = std::max(max, value);
}

void Tally::merge(const Tally& other) {
  sum += other.sum;
  count += other.count;
  min = std::min(min, other.min);
  max = std::max(max, other.max);
}

void LossMetrics::merge(const LossMetrics& other) {
  sequences += other.sequences;
  tokens += other.tokens;
  ratio_count += other.ratio_count;
  low_clipped += other.low_clipped;
  high_clipped += other.high_clipped;
  low_min = std::min(low_min, other.low_min);
  high_max = std::max(high_max, other.high_max);
  kl_sum += other.kl_sum;
  entropy_sum += other.entropy_sum;
  phi_sum += other.phi_sum;
  policy_loss += other.policy_loss;
  abs_log_ratio_sum += other.abs_log_ratio_sum;
  has_kl = has_kl || other.has_kl;
  has_entropy = has_entropy || other.has_entropy;
  has_policy_loss = has_policy_loss || other.has_policy_loss;
}

double LossMetrics::mean_abs_log_ratio() const {
  return abs_log_ratio_sum / std::max<double>(1.0, static_cast<double>(tokens));
}

std::map<std::string, double> LossMetrics::values(LossType loss_type) const {
  std::map<std::string, double> result;
  const double token_divisor = std::max<double>(1.0, static_cast<double>(tokens));
  const double ratio_divisor = std::max(1.0, ratio_count);
  const auto or_nan = [](double v) { return std::isfinite(v) ? v : std::numeric_limits<double>::quiet_NaN(); };
  if (has_kl) result["kl"] = kl_sum / token_divisor;
  if (has_entropy) result["entropy"] = entropy_sum / token_divisor;
  if (has_policy_loss) result["policy_loss"] = policy_loss;
  if (loss_type == LossType::cispo) {
    result["cispo_clip_ratio"] = high_clipped / ratio_divisor;
  } else if (loss_type == LossType::vespo) {
    result["vespo/phi_seq_mean"] = phi_sum / std::max<double>(1.0, static_cast<double>(sequences));
  } else if (loss_type != LossType::sapo) {
    result["clip_ratio/low_mean"] = low_clipped / ratio_divisor;
    result["clip_ratio/high_mean"] = high_clipped / ratio_divisor;
    result["clip_ratio/region_mean"] = (low_clipped + high_clipped) / ratio_divisor;
    result["clip_ratio/low_min"] = or_nan(low_min);
    result["clip_ratio/high_max"] = or_nan(high_max);
  }
  return result;
}

void SamplerMetrics::merge(const SamplerMetrics& other) {
  difference.merge(other.difference);
  ratio.merge(other.ratio);
}

std::map<std::string, double> SamplerMetrics::values(SamplerCorrection correction) const {
  std::map<std::string, double> result;
  result["sampling/sampling_logp_difference/mean"] = difference.mean();
  result["sampling/sampling_logp_difference/max"] = difference.count > 0 ? difference.max : 0.0;
  if (correction == SamplerCorrection::none) return result;
  result["sampling/importance_sampling_ratio/min"] = ratio.count > 0 ? ratio.min : 0.0;
  result["sampling/importance_sampling_ratio/mean"] = ratio.mean();
  result["sampling/importance_sampling_ratio/max"] = ratio.count > 0 ? ratio.max : 0.0;
  return result;
}

}  // namespace hone
