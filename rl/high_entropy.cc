#include "rl/high_entropy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace hone {

HighEntropy high_entropy(std::span<const double> entropies, double share) {
  if (entropies.empty()) return {std::numeric_limits<double>::infinity(), 0};
  std::vector<float> values(entropies.begin(), entropies.end());
  const float rank = static_cast<float>(1.0 - share) * static_cast<float>(values.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(rank), values.size() - 1);
  const auto position = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), position, values.end());
  const float low = *position;
  const bool between = static_cast<float>(below) < rank && below + 1 < values.size();
  const float high = between ? *std::min_element(position + 1, values.end()) : low;
  const float weight = rank - static_cast<float>(below);
  const float threshold = weight < 0.5f ? low + weight * (high - low) : high - (high - low) * (1.0f - weight);

  HighEntropy result{threshold, 0};
  for (const double value : entropies) result.count += value >= result.threshold ? 1 : 0;
  return result;
}

}  // namespace hone
