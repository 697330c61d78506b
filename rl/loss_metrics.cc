#include "rl/loss_metrics.h"

#include <algorithm>
#include <cmath>

namespace hone {

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
  has_kl = has_kl || other.has_kl;
  has_entropy = has_entropy || other.has_entropy;
}

std::map<std::string, double> LossMetrics::values(LossType loss_type) const {
  std::map<std::string, double> result;
  const double token_divisor = std::max<double>(1.0, static_cast<double>(tokens));
  const double ratio_divisor = std::max(1.0, ratio_count);
  const auto or_nan = [](double v) { return std::isfinite(v) ? v : std::numeric_limits<double>::quiet_NaN(); };
  if (has_kl) result["kl"] = kl_sum / token_divisor;
  if (has_entropy) result["entropy"] = entropy_sum / token_divisor;
  if (loss_type == LossType::cispo) {
    result["cispo_clip_ratio"] = high_clipped / ratio_divisor;
  } else if (loss_type != LossType::sapo) {
    result["clip_ratio/low_mean"] = low_clipped / ratio_divisor;
    result["clip_ratio/high_mean"] = high_clipped / ratio_divisor;
    result["clip_ratio/region_mean"] = (low_clipped + high_clipped) / ratio_divisor;
    result["clip_ratio/low_min"] = or_nan(low_min);
    result["clip_ratio/high_max"] = or_nan(high_max);
  }
  return result;
}

}  // namespace hone
