// The learner's connection to one rollout worker: three calls, no retries. No gRPC in this header.
// Thread rule: one call at a time; set_cancelled() from any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "proto/base/trace.h"
#include "proto/rpc/endpoint.h"
#include "rollout/weight_transfer.h"
#include "rollout/worker_info.h"

namespace hone {

class WorkerClient {
 public:
  /// Throws invalid_argument for a bad endpoint; connects on the first call.
  WorkerClient(const std::string& endpoint, const RpcSettings& settings);
  ~WorkerClient();

  const std::string& endpoint() const;

  /// Every call throws Error with the endpoint in its text: unavailable, deadline_exceeded, or what the worker
  /// reported.
  WorkerInfo get_info();
  /// Streams requests[indices[i]] for all i; on_result(index, result) as each arrives, checked against its request. By `weights` or, with
  /// `or_newer`, by later ones of the session.
  void generate(const WeightsId& weights, bool or_newer, std::span<const RolloutRequest> requests,
                std::span<const std::size_t> indices, const std::function<void(std::size_t, RolloutResult)>& on_result);
  /// Returns when the worker has verified the set and uses it (in flight: from its next forward pass on). On a loopback endpoint the worker is asked to map the
  /// set; if it cannot (a container with its own processes), it gets this and all later ones as a stream.
  void update_weights(const WeightSender& weights, uint64_t parent_version);

  /// true ends the running get_info or generate, and later ones at once, with unavailable; false allows calls again. A
  /// weight update is never cut off: the worker would have to take all of it again.
  void set_cancelled(bool cancelled);

 private:
  void send_weights(const WeightSender& weights, uint64_t parent_version, bool shared);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hone
