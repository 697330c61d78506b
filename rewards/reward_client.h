// A rewarder on one or several reward servers. No gRPC in this header.
//
// A group goes to one server, the one with the fewest of this client's calls in work. A server that is down, slow or
// full is left out for a while and the next one is tried (rewards/server_pool.h); a server that has come back with
// other functions or settings is refused and left out in the same way. When all are left out, score() waits, until
// retry_budget_s has passed since its first failure: then it throws. It never makes up a reward.
// Thread rule: as Rewarder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proto/rpc/endpoint.h"
#include "rewards/rewarder.h"

namespace hone {

struct RemoteRewarderSettings {
  RpcSettings rpc;
  /// Names and weights that every server must have, in order; without them the servers must only agree with each other.
  std::optional<std::vector<std::pair<std::string, double>>> expected;
  /// Rewarder::settings() that go with `expected`; empty: not compared.
  std::vector<std::string> expected_settings;
};

/// Connects to every endpoint and compares protocol, functions and settings. Throws invalid_argument for a bad endpoint
/// or setting, unavailable when a server cannot be reached within the budget, failed_precondition naming the server and
/// the difference. Its score() leaves the group as it was when it throws: with the last server's error when the budget
/// is used up, with failed_precondition when every server is refused, and at once with an error that the group itself
/// is the reason of.
std::unique_ptr<Rewarder> make_remote_rewarder(const std::vector<std::string>& endpoints,
                                               const RemoteRewarderSettings& settings);

}  // namespace hone
