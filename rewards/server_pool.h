// Which of several equal servers takes the next call. No gRPC, no network: reward_client.cc makes the calls.
//
// A call goes to the server with the fewest calls in work, in turn among equals. A server that failed is left out for
// RpcSettings' back-off, one that is full for as long as it asked. After the back-off a single call tries it, so that a
// server that hangs holds up one call and not all; a success brings it back.
// Thread rule: any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "proto/rpc/endpoint.h"

namespace hone {

class ServerPool {
 public:
  using Clock = std::chrono::steady_clock;

  ServerPool(std::size_t servers, const RpcSettings& settings);

  /// The server for the next call, which counts as in work until one of the functions below is told of its end. A
  /// server that is left out is chosen only when all are that, and only if not in `tried`, so that every call tries
  /// every server once before it gives up. Nothing: all were tried and are left out.
  std::optional<std::size_t> acquire(const std::vector<bool>& tried, Clock::time_point now = Clock::now());

  /// True while the server's last call failed: the next one shows whether it is back.
  bool is_suspect(std::size_t server) const;
  /// Returns true if the server was left out before: it is back.
  bool succeeded(std::size_t server);
  /// The server is away or broken. Returns the number of failures in a row.
  int failed(std::size_t server, Clock::time_point now = Clock::now());
  /// The server is full and asks to be left alone for so long (the longest back-off at most): that is no failure.
  void full(std::size_t server, double retry_after_s, Clock::time_point now = Clock::now());
  /// The call ended in a way that says nothing of the server.
  void released(std::size_t server);

  /// When the first server may be tried again; nothing while the only hope is calls under way that try left-out
  /// servers.
  std::optional<Clock::time_point> next_try() const;
  /// Sleeps until then, or until a call that tries a left-out server ends.
  void wait_until(Clock::time_point time);

 private:
  struct State {
    int in_work = 0;
    int failures = 0;               // in a row
    bool on_trial = false;          // a call is under way that tries whether a failed server is back
    Clock::time_point out_until{};  // left out before that
  };
  void end_call(State& state);

  const RpcSettings settings_;
  mutable std::mutex mutex_;
  std::condition_variable trial_ended_;
  std::vector<State> servers_;
  std::size_t turn_ = 0;
  unsigned trials_ended_ = 0;
};

}  // namespace hone
