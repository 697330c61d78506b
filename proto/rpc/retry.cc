#include "proto/rpc/retry.h"

#include <algorithm>
#include <cmath>

namespace hone {

bool is_retryable(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::deadline_exceeded ||
         code == ErrorCode::resource_exhausted;
}

double backoff_seconds(const RpcSettings& settings, int failures) {
  return std::min(settings.backoff_max_s, std::ldexp(settings.backoff_initial_s, std::min(failures, 60)));
}

std::optional<std::chrono::duration<double>> RetrySchedule::next_delay(Clock::time_point now) {
  if (failures_ == 0) first_failure_ = now;
  const std::chrono::duration<double> delay(backoff_seconds(settings_, failures_));
  ++failures_;
  if (std::chrono::duration<double>(now - first_failure_) + delay >
      std::chrono::duration<double>(settings_.retry_budget_s))
    return std::nullopt;
  return delay;
}

}  // namespace hone
