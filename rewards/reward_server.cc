#include "rewards/reward_server.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <ostream>
#include <utility>
#include <vector>

#include "hone/v1/reward.grpc.pb.h"
#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/base/thread_pool.h"
#include "proto/rpc/convert.h"
#include "proto/rpc/server.h"
#include "proto/rpc/status.h"

namespace hone {
namespace {

// How often a call that waits its turn looks whether its client is still there.
constexpr std::chrono::milliseconds kClientCheckInterval{20};

/// Counts calls in work and in line.
class Turns {
 public:
  Turns(int max_running, int max_waiting) : max_running_(max_running), max_waiting_(max_waiting) {}

  void enter(const grpc::ServerContext& context) {
    std::unique_lock lock(mutex_);
    if (running_ >= max_running_ && waiting_ >= max_waiting_)
      throw Error(ErrorCode::resource_exhausted,
                  "the reward server's queue is full: " + std::to_string(waiting_) + " calls wait");
    ++waiting_;
    while (!freed_.wait_for(lock, kClientCheckInterval, [this] { return running_ < max_running_; }) &&
           !context.IsCancelled()) {
    }
    --waiting_;
    if (context.IsCancelled()) {
      freed_.notify_one();
      throw Error(ErrorCode::cancelled, "the client cancelled, vanished, or its deadline has passed");
    }
    ++running_;
  }

  void leave() {
    {
      const std::lock_guard lock(mutex_);
      --running_;
    }
    freed_.notify_one();
  }

 private:
  const int max_running_;
  const int max_waiting_;
  std::mutex mutex_;
  std::condition_variable freed_;
  int running_ = 0;
  int waiting_ = 0;
};

class Turn {
 public:
  Turn(Turns& turns, const grpc::ServerContext& context) : turns_(turns) { turns_.enter(context); }
  ~Turn() { turns_.leave(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Turns& turns_;
};

class Service : public v1::RewardService::Service {
 public:
  Service(Rewarder& rewarder, const RewardServerOptions& options)
      : rewarder_(rewarder),
        turns_(options.max_concurrent > 0 ? options.max_concurrent : available_threads(),
               std::max(0, options.max_waiting_calls)) {}

  grpc::Status ListRewards(grpc::ServerContext* context, const v1::ListRewardsRequest*,
                           v1::RewardList* reply) override {
    try {
      reply->set_protocol_version(kProtocolVersion);
      for (const auto& [name, weight] : rewarder_.functions()) {
        v1::RewardFunction& added = *reply->add_functions();
        added.set_name(name);
        added.set_weight(weight);
      }
      return grpc::Status::OK;
    } catch (...) {
      return to_status(std::current_exception(), *context);
    }
  }

  grpc::Status Score(grpc::ServerContext* context, const v1::ScoreRequest* request, v1::ScoreReply* reply) override {
    try {
      require_functions(*request);
      Group group = from_message(request->group());
      const Turn turn(turns_, *context);
      rewarder_.score(group);
      for (const Completion& completion : group.completions) to_message(completion.reward, *reply->add_rewards());
      return grpc::Status::OK;
    } catch (...) {
      const grpc::Status status = to_status(std::current_exception(), *context);
      log_warning("group ", request->group().group_id(), " was not scored: ", status.error_message());
      return status;
    }
  }

 private:
  void require_functions(const v1::ScoreRequest& request) const {
    if (request.functions().empty()) return;
    std::vector<std::pair<std::string, double>> wanted;
    for (const v1::RewardFunction& function : request.functions())
      wanted.emplace_back(function.name(), function.weight());
    if (wanted != rewarder_.functions())
      throw Error(ErrorCode::failed_precondition,
                  "the server's reward functions are not the ones the call expects; was it restarted with another "
                  "configuration?");
  }

  Rewarder& rewarder_;
  Turns turns_;
};

}  // namespace

struct RewardServer::Impl {
  Impl(Rewarder& rewarder, const RewardServerOptions& options)
      : service(rewarder, options), server({.address = options.address, .tls = options.tls}, service) {}

  Service service;
  RpcServer server;
};

RewardServer::RewardServer(Rewarder& rewarder, const RewardServerOptions& options)
    : impl_(std::make_unique<Impl>(rewarder, options)) {}

RewardServer::~RewardServer() = default;

const std::string& RewardServer::address() const { return impl_->server.address(); }
void RewardServer::stop(double grace_s) { impl_->server.stop(grace_s); }

void run_reward_server(Rewarder& rewarder, const RewardServerOptions& options, const std::atomic<bool>& stop,
                       std::ostream& out) {
  RewardServer server(rewarder, options);
  serve_until(stop, server.address(), out);
  server.stop(options.drain_s);
}

}  // namespace hone
