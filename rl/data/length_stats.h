// Distribution of lengths in a stream: one counter a distinct length, and from 1,000 on lengths are rounded down to three digits, so that
// at most a few thousand counters exist and a percentile is off by less than 1 %. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <map>

namespace hone {

class LengthStats {
 public:
  void add(int64_t length);  // >= 0
  int64_t count() const { return count_; }
  int64_t min() const { return count_ > 0 ? min_ : 0; }
  int64_t max() const { return max_; }
  double mean() const { return count_ > 0 ? static_cast<double>(sum_) / static_cast<double>(count_) : 0.0; }
  /// The least length that at least the share `q` of all do not exceed (nearest rank); 0 without any. q in [0, 1].
  int64_t percentile(double q) const;

 private:
  std::map<int64_t, int64_t> counts_;
  int64_t count_ = 0, sum_ = 0, min_ = INT64_MAX, max_ = 0;
};

}  // namespace hone
