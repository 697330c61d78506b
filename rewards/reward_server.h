// A rewarder served over gRPC (hone.v1.RewardService). No gRPC in this header.
//
// Score takes a whole group. At most max_concurrent groups are scored at once and more wait in a bounded line; beyond
// it a call gets resource_exhausted with a hint when to come back. A call whose client is gone or whose deadline has
// passed leaves the line at once. proto/rpc/server.h adds health and reflection, MetricsEndpoint a Prometheus page.
#pragma once

#include <atomic>
#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>

#include "proto/rpc/endpoint.h"
#include "rewards/rewarder.h"

namespace hone {

class RewardMonitor;

struct RewardServerOptions {
  std::string address = "127.0.0.1:0";  // other than loopback only with `tls`
  TlsFiles tls;
  int max_concurrent = 0;  // 0 = hardware threads
  int max_waiting_calls = 128;
  std::size_t max_waiting_bytes = std::size_t{512} << 20;  // of the requests in line
  double drain_s = 10.0;             // how long run_reward_server lets running and waiting calls finish
  std::string metrics_address;       // "" = no metrics page
  RewardMonitor* monitor = nullptr;  // the one that observes `rewarder`; nullptr: metrics of the calls alone
};

class RewardServer {
 public:
  /// Starts serving `rewarder`, which must outlive this object, as must the monitor. Throws invalid_argument for an
  /// address that is refused.
  RewardServer(Rewarder& rewarder, const RewardServerOptions& options);
  /// Gives up what is open and waits for the rules that run.
  ~RewardServer();

  /// "host:port" with the port in use.
  const std::string& address() const;
  /// The same of the metrics page; "" without one.
  const std::string& metrics_address() const;

  /// Health says NOT_SERVING, new calls get unavailable, and those in work and in line have `grace_s` to finish; then
  /// the rest is given up. False when after one more second a rule still runs: such a server can only be left to the
  /// end of its process.
  bool drain(double grace_s);
  /// drain() that waits for such a rule.
  void stop(double grace_s);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Serves until `stop` becomes true, then drains. Prints "listening on HOST:PORT" and a newline to `out` once calls are
/// taken, and "metrics on http://HOST:PORT/metrics" if there is such a page. False when a rule did not end: the process
/// should exit at once, without destructors.
bool run_reward_server(Rewarder& rewarder, const RewardServerOptions& options, const std::atomic<bool>& stop,
                       std::ostream& out);

}  // namespace hone
