#include "rl/remote.h"

#include "proto/base/json.h"
#include "proto/rpc/endpoint.h"
#include "rewards/reward_client.h"
#include "rollout/rollout_client.h"

namespace hone {
namespace {

RpcSettings rpc_settings(const TlsSection& tls, double connect_timeout_s, double call_timeout_s, double retry_budget_s) {
  RpcSettings s;
  s.connect_timeout_s = connect_timeout_s;
  s.call_timeout_s = call_timeout_s;
  s.retry_budget_s = retry_budget_s;
  s.tls = {tls.certificate, tls.key, tls.ca};
  return s;
}

}  // namespace

RemoteBackend connect_workers(const TrainConfig& config, const std::string& fingerprint, int64_t vocab_size) {
  const RolloutSection& r = config.rollout;
  RemoteRolloutOptions options;
  options.endpoints = r.workers;
  options.rpc = rpc_settings(config.tls, r.connect_timeout_s, r.call_timeout_s, r.retry_budget_s);
  options.in_flight = r.in_flight_updates;
  options.expected = {fingerprint, vocab_size, config.run.name, r.weight_storage};
  auto remote = std::make_shared<RemoteRollout>(options);
  remote->check_workers();
  return {remote, remote};
}

std::unique_ptr<Rewarder> connect_reward_servers(const TrainConfig& config) {
  const RewardsSection& r = config.rewards;
  RemoteRewarderSettings settings;
  settings.rpc = rpc_settings(config.tls, config.rollout.connect_timeout_s, r.call_timeout_s, r.retry_budget_s);
  if (!r.functions.text.empty()) {
    const auto local = make_local_rewarder(parse_json(r.functions.text, "/rewards/functions"), "/rewards/functions");
    settings.expected = local->functions();
    settings.expected_settings = local->settings();
  }
  return make_remote_rewarder(r.server, settings);
}

}  // namespace hone
