// A rewarder on one or several reward servers. No gRPC in this header.
//
// A group goes to one server; groups take turns over the servers. When a server is down, slow or busy the next one is
// tried, then all again after a back-off, until retry_budget_s has passed since the first failure: then score() throws.
// It never makes up a reward.
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
};

/// Connects to every endpoint and compares protocol and functions. Throws invalid_argument for a bad endpoint or
/// setting, unavailable when a server cannot be reached within the budget, failed_precondition naming the server and
/// the difference. Its score() leaves the group as it was when it throws.
std::unique_ptr<Rewarder> make_remote_rewarder(const std::vector<std::string>& endpoints,
                                               const RemoteRewarderSettings& settings);

}  // namespace hone
