// Generation on rollout workers in other processes. No gRPC in this header.
//
// Each generate() call runs one thread per worker over one list of pending requests:
//
//   pending -> take a small batch -> worker in sync? -> Generate -> results -> on_result (the caller's thread)
//      ^                               | no: GetInfo, compare, send the weights
//      +--- unfinished ones, after a failure
//
// A failed worker waits (0.1 s, 0.2 s, ... without jitter) and tries again until it has failed for retry_budget_s; the
// others go on with its work. Which worker makes a completion does not change it: the bits are those of LocalRollout (but for
// in-flight updates).
// publish() keeps a copy of the weights, so a worker that was restarted or away gets them before it gets work. It waits for a
// running generate(), or, with in_flight, has connections of its own and the workers go on with the new weights from their
// next token on.
// Thread rule: generate() and publish() may be called from different threads; they are served in the order of their
// arrival.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "proto/rpc/endpoint.h"
#include "rollout/rollout_source.h"
#include "rollout/worker_info.h"

namespace hone {

struct RemoteRolloutOptions {
  std::vector<std::string> endpoints;  // "host:port"
  RpcSettings rpc;
  ExpectedWorker expected;
  uint64_t session = 0;        // rises with each start of the learner; 0 = milliseconds of the system clock
  bool in_flight = false;      // publish() does not wait for generate()
  int32_t batch_requests = 0;  // at most so many requests a call; 0 = by the worker's slots and what is left to do
};

class RemoteRollout : public RolloutSource, public WeightPublisher {
 public:
  /// Throws invalid_argument for no endpoint, a bad or repeated one, or bad settings. Connects later.
  explicit RemoteRollout(const RemoteRolloutOptions& options);
  ~RemoteRollout() override;

  /// Compares every worker with what is expected (check_worker). Throws unavailable when one cannot be reached within
  /// the budget.
  std::vector<WorkerInfo> check_workers();

  /// Throws failed_precondition before the first publish(). on_result runs on the calling thread. Throws unavailable,
  /// naming every endpoint and its last error, when all workers' budgets are used up, and at once what is nobody's
  /// outage (a bad request, a worker with another model).
  RolloutStats generate(std::span<const RolloutRequest> requests,
                        const std::function<void(std::size_t, RolloutResult)>& on_result,
                        const std::atomic<bool>* cancel) override;

  /// Returns when every reachable worker serves `version`, at least one. Unreachable ones get it when they come back.
  /// Throws failed_precondition unless the version rises, what a worker refuses the weights with, or unavailable.
  void publish(uint64_t version, std::span<const WeightView> weights) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hone
