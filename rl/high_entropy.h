// Which tokens are forks in the road: the top share by entropy ("Beyond the 80/20 Rule", arXiv:2506.01939). No torch.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>

namespace hone {

struct HighEntropy {
  double threshold = 0.0;  // tokens with at least this entropy stay
  int64_t count = 0;       // how many do
};

/// The threshold that keeps the top `share` in [0, 1] of `entropies` (of all tokens that count in the step, any order): their
/// quantile 1 - share, interpolated linearly in float32 as torch.quantile does. No tokens: nothing stays.
HighEntropy high_entropy(std::span<const double> entropies, double share);

}  // namespace hone
