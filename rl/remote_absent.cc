// Built without gRPC (preset core).
#include "proto/base/error.h"
#include "rl/remote.h"

namespace hone {

RemoteBackend connect_workers(const TrainConfig&, const std::string&, int64_t) {
  throw Error(ErrorCode::unimplemented, "/rollout/workers: this build has no gRPC; build with -DHONE_RPC=ON");
}

std::unique_ptr<Rewarder> connect_reward_servers(const TrainConfig&) {
  throw Error(ErrorCode::unimplemented, "/rewards/server: this build has no gRPC; build with -DHONE_RPC=ON");
}

}  // namespace hone
