// When to try a failing peer again: exponential back-off without jitter, so that two runs wait alike. No gRPC.
#pragma once

#include <chrono>
#include <optional>

#include "proto/base/error.h"
#include "proto/rpc/endpoint.h"

namespace hone {

/// A failure of the peer or the way to it, which the same call may survive later or elsewhere.
bool is_retryable(ErrorCode code);

/// backoff_initial_s * 2^failures, at most backoff_max_s.
double backoff_seconds(const RpcSettings& settings, int failures);

/// One peer's streak of failures. Not synchronised.
class RetrySchedule {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RetrySchedule(const RpcSettings& settings) : settings_(settings) {}

  /// A success ends the streak.
  void reset() { failures_ = 0; }
  /// Records a failure: how long to wait before the next attempt, or nothing when the budget since the streak's first
  /// failure would be used up.
  std::optional<std::chrono::duration<double>> next_delay(Clock::time_point now = Clock::now());
  int failures() const { return failures_; }

 private:
  RpcSettings settings_;
  Clock::time_point first_failure_{};
  int failures_ = 0;
};

}  // namespace hone
