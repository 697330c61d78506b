#include "rollout/worker_link.h"

#include <algorithm>
#include <sstream>

#include "proto/base/log.h"

namespace hone {

WorkerInfo WorkerLink::check() {
  WorkerInfo info = client.get_info();
  check_worker(info, expected_, client.endpoint());
  slots_ = std::max(1, info.slots);
  return info;
}

void WorkerLink::ensure(const WeightSender& weights) {
  if (synced_ && serves(*synced_, weights.id(), weights.in_flight())) return;
  const std::lock_guard turn(*sending_);
  const WorkerInfo info = check();
  if (!serves(info.weights, weights.id(), weights.in_flight())) {
    log_debug("rollout worker ", client.endpoint(), " has ", to_string(info.weights), "; sending ",
              to_string(weights.id()));
    client.update_weights(weights, info.weights.version);
  }
  synced_ = weights.id();
}

std::optional<std::chrono::duration<double>> WorkerLink::failed(const Error& error) {
  mark_stale();
  last_error_ = error.what();
  const auto delay = retry_.next_delay();
  std::ostringstream next;
  if (delay)
    next << "; trying again in " << delay->count() << " s";
  else
    next << "; given up after " << retry_.failures() << " attempts";
  log_warning("rollout worker ", error.what(), next.str());
  return delay;
}

}  // namespace hone
