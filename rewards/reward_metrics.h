// Counters and histograms of a reward server, and the HTTP endpoint that shows them in the Prometheus text format.
// No Prometheus header here. docs/reward_server.md lists the metrics.
// Thread rule: any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "proto/base/trace.h"

namespace hone {

class RewardMetrics {
 public:
  RewardMetrics();
  ~RewardMetrics();

  /// One function scored one group in `seconds`.
  void function_scored(const std::string& function, double seconds, std::span<const RewardComponent> components);
  void slow_sample(const std::string& function);
  /// A call waited `seconds` for its turn.
  void call_started(double seconds);
  /// `code` is a gRPC status in capitals, `seconds` the time from arrival to answer.
  void call_finished(const std::string& method, const std::string& code, double seconds);
  void queue_changed(int running, int waiting, std::size_t waiting_bytes);
  /// 1 while calls are taken, 0 from the start of a drain.
  void serving(bool value);

  /// Prometheus text format, version 0.0.4.
  std::string text() const;

 private:
  friend class MetricsEndpoint;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Serves GET /metrics over plain HTTP.
class MetricsEndpoint {
 public:
  /// Throws invalid_argument for an address ("host:port", port 0 takes a free one) that cannot be bound. `metrics` must
  /// outlive this object.
  MetricsEndpoint(const RewardMetrics& metrics, const std::string& address);
  ~MetricsEndpoint();

  /// "host:port" with the port in use.
  const std::string& address() const { return address_; }

 private:
  struct Impl;
  std::string address_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hone
