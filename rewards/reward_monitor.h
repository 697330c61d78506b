// What a reward server knows of its rules at work: metrics, and a log line for every slow sample.
// Thread rule: any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "rewards/reward_metrics.h"
#include "rewards/rewarder.h"
#include "rewards/slow_samples.h"

namespace hone {

struct SlowSampleOptions {
  double threshold_s = 1.0;         // a rule that takes longer for one completion is logged; 0 = never
  std::size_t excerpt_bytes = 400;  // how much of the text and the reference is shown
  int lines_a_minute = 30;
};

class RewardMonitor final : public RewardObserver {
 public:
  explicit RewardMonitor(const SlowSampleOptions& options = {}) : slow_(options), limiter_(options.lines_a_minute) {}

  void function_scored(const std::string& function, const Group& group, double seconds,
                       std::span<const RewardComponent> components) override;

  RewardMetrics& metrics() { return metrics_; }

 private:
  void report_slow(const std::string& function, double seconds, const Group& group,
                   std::optional<std::size_t> completion);

  SlowSampleOptions slow_;
  LogLimiter limiter_;
  RewardMetrics metrics_;
};

}  // namespace hone
