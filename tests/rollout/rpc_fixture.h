// Rollout workers on loopback ports of this process, each with a fake engine, and a learner's client for them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rollout/local_rollout.h"
#include "rollout/rollout_client.h"
#include "rollout/rollout_server.h"
#include "tests/rollout/fake_engine.h"

namespace hone::testing {

struct Worker {
  explicit Worker(const std::string& address = "127.0.0.1:0", const std::string& run_id = "")
      : engine(std::make_unique<FakeEngine>()) {
    RolloutServerOptions options;
    options.address = address;
    options.fingerprint = "f00d";
    options.vocab_size = 1000;
    options.slots = 4;
    options.run_id = run_id;
    server = std::make_unique<RolloutServer>(*engine, options);
  }
  const std::string& address() const { return server->address(); }

  std::unique_ptr<FakeEngine> engine;
  std::unique_ptr<RolloutServer> server;
};

inline RemoteRolloutOptions client_options(const std::vector<std::string>& endpoints, double budget_s = 30.0) {
  RemoteRolloutOptions options;
  options.endpoints = endpoints;
  options.rpc = {.connect_timeout_s = 5.0,
                 .call_timeout_s = 30.0,
                 .retry_budget_s = budget_s,
                 .backoff_initial_s = 0.01,
                 .backoff_max_s = 0.05};
  options.expected = {"f00d", 1000, "run"};
  options.session = 10;
  return options;
}

/// What LocalRollout makes of the same requests and weights.
inline std::vector<RolloutResult> local_results(std::span<const RolloutRequest> requests, uint64_t version,
                                                uint64_t seed) {
  LocalRollout local(std::make_unique<FakeEngine>());
  local.publish(version, make_weights(small_tensors(), seed).views());
  return collect(local, requests);
}

inline bool same_bits(const std::vector<RolloutResult>& a, const std::vector<RolloutResult>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!same_bits(a[i], b[i])) return false;
  return true;
}

inline void publish(WeightPublisher& publisher, uint64_t version, uint64_t seed) {
  publisher.publish(version, make_weights(small_tensors(), seed).views());
}

}  // namespace hone::testing
