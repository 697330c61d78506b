#include "rl/data/length_stats.h"

#include <algorithm>
#include <cmath>

namespace hone {
namespace {

constexpr int64_t kExact = 1000;

int64_t rounded(int64_t length) {
  int64_t unit = 1;
  while (length / unit >= kExact) unit *= 10;
  return length / unit * unit;
}

}  // namespace

void LengthStats::add(int64_t length) {
  counts_[rounded(length)] += 1;
  count_ += 1;
  sum_ += length;
  min_ = std::min(min_, length);
  max_ = std::max(max_, length);
}

int64_t LengthStats::percentile(double q) const {
  const auto rank = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(q * static_cast<double>(count_))));
  int64_t seen = 0;
  for (const auto& [length, count] : counts_)
    if ((seen += count) >= rank) return length;
  return 0;
}

}  // namespace hone
