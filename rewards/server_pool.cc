#include "rewards/server_pool.h"

#include <algorithm>
#include <utility>

#include "proto/rpc/retry.h"

namespace hone {
namespace {

ServerPool::Clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<ServerPool::Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

ServerPool::ServerPool(std::size_t servers, const RpcSettings& settings) : settings_(settings), servers_(servers) {}

std::optional<std::size_t> ServerPool::acquire(const std::vector<bool>& tried, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const std::size_t server = (turn_ + i) % servers_.size();
    const State& state = servers_[server];
    if (now < state.out_until || state.on_trial) continue;
    if (!best || state.in_work < servers_[*best].in_work) best = server;
  }
  if (!best)
    for (std::size_t server = 0; server < servers_.size(); ++server)
      if (!tried[server] && (!best || servers_[server].out_until < servers_[*best].out_until)) best = server;
  if (!best) return std::nullopt;
  turn_ = (*best + 1) % servers_.size();
  State& state = servers_[*best];
  ++state.in_work;
  state.on_trial = state.failures > 0;
  return best;
}

bool ServerPool::is_suspect(std::size_t server) const {
  const std::lock_guard lock(mutex_);
  return servers_[server].failures > 0;
}

bool ServerPool::succeeded(std::size_t server) {
  const std::lock_guard lock(mutex_);
  State& state = servers_[server];
  end_call(state);
  state.out_until = {};
  return std::exchange(state.failures, 0) > 0;
}

int ServerPool::failed(std::size_t server, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  State& state = servers_[server];
  const bool was_trial = state.on_trial;
  end_call(state);
  // Calls that were under way together fail together: that is one failure.
  if (state.failures > 0 && !was_trial) return state.failures;
  state.out_until = now + duration_of(backoff_seconds(settings_, state.failures));
  return ++state.failures;
}

void ServerPool::full(std::size_t server, double retry_after_s, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  State& state = servers_[server];
  end_call(state);
  state.failures = 0;
  state.out_until = now + duration_of(std::min(retry_after_s, settings_.backoff_max_s));
}

void ServerPool::released(std::size_t server) {
  const std::lock_guard lock(mutex_);
  end_call(servers_[server]);
}

void ServerPool::end_call(State& state) {
  --state.in_work;
  if (!std::exchange(state.on_trial, false)) return;
  ++trials_ended_;
  trial_ended_.notify_all();
}

std::optional<ServerPool::Clock::time_point> ServerPool::next_try() const {
  const std::lock_guard lock(mutex_);
  std::optional<Clock::time_point> first;
  for (const State& state : servers_)
    if (!state.on_trial && (!first || state.out_until < *first)) first = state.out_until;
  return first;
}

void ServerPool::wait_until(Clock::time_point time) {
  std::unique_lock lock(mutex_);
  trial_ended_.wait_until(lock, time, [this, seen = trials_ended_] { return trials_ended_ != seen; });
}

}  // namespace hone
