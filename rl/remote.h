// Remote workers and reward servers behind the local interfaces. Built without gRPC, both functions throw unimplemented.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "rewards/rewarder.h"
#include "rl/config.h"
#include "rollout/rollout_source.h"

namespace hone {

struct RemoteBackend {
  std::shared_ptr<RolloutSource> source;
  std::shared_ptr<WeightPublisher> publisher;  // the same object
};

RemoteBackend connect_workers(const TrainConfig& config, const std::string& fingerprint, int64_t vocab_size);
std::unique_ptr<Rewarder> connect_reward_servers(const TrainConfig& config);

}  // namespace hone
