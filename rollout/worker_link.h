// One worker as the learner's pool sees it: its connection, whether it has the current weights, its streak of failures.
// No gRPC.
// Thread rule: one thread at a time; client.set_cancelled() from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "proto/base/error.h"
#include "proto/rpc/retry.h"
#include "rollout/worker_client.h"

namespace hone {

class WorkerLink {
 public:
  /// `sending`: shared by all links to this worker, of which one at a time asks what it serves and sends weights.
  WorkerLink(const std::string& endpoint, const RpcSettings& settings, ExpectedWorker expected, std::shared_ptr<std::mutex> sending)
      : client(endpoint, settings), expected_(std::move(expected)), sending_(std::move(sending)), retry_(settings) {}

  /// GetInfo and check_worker.
  WorkerInfo check();
  /// Makes the worker serve `weights` (later ones of the session will do where they are in_flight): nothing to do if it does since the
  /// last failure, else GetInfo, compare, send.
  void ensure(const WeightSender& weights);
  /// Sends no work before the next ensure() has asked the worker what it serves.
  void mark_stale() { synced_.reset(); }

  /// Ends the streak of failures, after a success or at the start of a new call.
  void reset_budget() { retry_.reset(); }
  /// Records a failure; the wait before the next attempt, or nothing when the budget is used up.
  std::optional<std::chrono::duration<double>> failed(const Error& error);
  const std::string& last_error() const { return last_error_; }

  int32_t slots() const { return slots_; }

  WorkerClient client;

 private:
  ExpectedWorker expected_;
  std::shared_ptr<std::mutex> sending_;
  RetrySchedule retry_;
  std::optional<WeightsId> synced_;
  std::string last_error_;
  int32_t slots_ = 0;
};

}  // namespace hone
