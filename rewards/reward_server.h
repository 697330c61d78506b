// A rewarder served over gRPC (hone.v1.RewardService). No gRPC in this header.
//
// Score takes a whole group. At most max_concurrent groups are scored at once, max_waiting_calls more wait, further
// ones get resource_exhausted; a call whose client is gone or whose deadline has passed leaves the line.
#pragma once

#include <atomic>
#include <iosfwd>
#include <memory>
#include <string>

#include "proto/rpc/endpoint.h"
#include "rewards/rewarder.h"

namespace hone {

struct RewardServerOptions {
  std::string address = "127.0.0.1:0";  // other than loopback only with `tls`
  TlsFiles tls;
  int max_concurrent = 0;  // 0 = hardware threads
  int max_waiting_calls = 128;
  double drain_s = 10.0;  // how long run_reward_server lets running calls finish
};

class RewardServer {
 public:
  /// Starts serving `rewarder`, which must outlive this object. Throws invalid_argument for an address that is refused.
  RewardServer(Rewarder& rewarder, const RewardServerOptions& options);
  ~RewardServer();

  /// "host:port" with the port in use.
  const std::string& address() const;
  /// Takes no new calls and lets running ones finish; those that wait are cancelled after `grace_s`.
  void stop(double grace_s);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Serves until `stop` becomes true, then drains. Prints "listening on HOST:PORT" and a newline to `out` once calls are
/// taken.
void run_reward_server(Rewarder& rewarder, const RewardServerOptions& options, const std::atomic<bool>& stop,
                       std::ostream& out);

}  // namespace hone
