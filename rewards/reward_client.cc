#include "rewards/reward_client.h"

#include <grpcpp/client_context.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <sstream>
#include <string_view>
#include <thread>

#include "hone/v1/reward.grpc.pb.h"
#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/rpc/channel.h"
#include "proto/rpc/convert.h"
#include "proto/rpc/retry.h"
#include "proto/rpc/status.h"

namespace hone {
namespace {

using Functions = std::vector<std::pair<std::string, double>>;

std::string functions_text(const Functions& functions) {
  std::ostringstream text;
  text.precision(17);
  for (std::size_t i = 0; i < functions.size(); ++i)
    text << (i > 0 ? ", " : "") << functions[i].first << " (weight " << functions[i].second << ")";
  return functions.empty() ? "none" : text.str();
}

class RemoteRewarder : public Rewarder {
 public:
  RemoteRewarder(const std::vector<std::string>& endpoints, const RemoteRewarderSettings& settings)
      : rpc_(settings.rpc) {
    validate(rpc_);
    if (endpoints.empty()) throw Error(ErrorCode::invalid_argument, "no reward server endpoint is given");
    for (const std::string& endpoint : endpoints)
      servers_.push_back({endpoint, v1::RewardService::NewStub(make_channel(endpoint, rpc_))});
    std::optional<Functions> expected = settings.expected;
    for (const Server& server : servers_) {
      Functions found;
      with_retries([&] { found = list(server); });
      if (expected && found != *expected)
        throw Error(ErrorCode::failed_precondition,
                    "reward server " + server.endpoint + " has the functions " + functions_text(found) + "; expected " +
                        functions_text(*expected) + "; start it with this run's configuration");
      expected = std::move(found);
    }
    functions_ = std::move(*expected);
  }

  Functions functions() const override { return functions_; }

  void score(Group& group) override {
    v1::ScoreRequest request;
    to_message(group, *request.mutable_group());
    for (const auto& [name, weight] : functions_) {
      v1::RewardFunction& added = *request.add_functions();
      added.set_name(name);
      added.set_weight(weight);
    }
    v1::ScoreReply reply;
    const std::size_t first = next_server_.fetch_add(1);
    with_retries([&] { score_somewhere(request, reply, first); });
    std::vector<Reward> rewards;
    for (const v1::Reward& reward : reply.rewards()) rewards.push_back(from_message(reward));
    for (std::size_t i = 0; i < rewards.size(); ++i) group.completions[i].reward = std::move(rewards[i]);
  }

 private:
  struct Server {
    std::string endpoint;
    std::unique_ptr<v1::RewardService::Stub> stub;
  };

  void with_retries(const std::function<void()>& call) const {
    RetrySchedule retry(rpc_);
    for (;;) {
      try {
        return call();
      } catch (const Error& error) {
        if (!is_retryable(error.code())) throw;
        const auto delay = retry.next_delay();
        if (!delay)
          throw Error(error.code(), std::string("reward server ") + error.what() + " (given up after " +
                                        std::to_string(retry.failures()) + " attempts)");
        log_warning("reward server ", error.what(), "; trying again in ", delay->count(), " s");
        std::this_thread::sleep_for(*delay);
      }
    }
  }

  Functions list(const Server& server) const {
    grpc::ClientContext context;
    context.set_deadline(deadline_after(rpc_.connect_timeout_s));
    v1::RewardList reply;
    const grpc::Status status = server.stub->ListRewards(&context, {}, &reply);
    if (!status.ok()) throw from_status(status, context, server.endpoint, "ListRewards");
    if (reply.protocol_version() != kProtocolVersion)
      throw Error(ErrorCode::failed_precondition, "reward server " + server.endpoint + " speaks protocol version " +
                                                      std::to_string(reply.protocol_version()) + ", the learner " +
                                                      std::to_string(kProtocolVersion) +
                                                      "; run the same release of hone on both sides");
    Functions functions;
    for (const v1::RewardFunction& function : reply.functions())
      functions.emplace_back(function.name(), function.weight());
    return functions;
  }

  /// One round over the servers; throws the last retryable error when none answered.
  void score_somewhere(const v1::ScoreRequest& request, v1::ScoreReply& reply, std::size_t first) const {
    for (std::size_t i = 0;; ++i) {
      try {
        return score_on(servers_[(first + i) % servers_.size()], request, reply);
      } catch (const Error& error) {
        if (!is_retryable(error.code()) || i + 1 == servers_.size()) throw;
        log_warning("reward server ", error.what(), "; trying the next one");
      }
    }
  }

  void score_on(const Server& server, const v1::ScoreRequest& request, v1::ScoreReply& reply) const {
    grpc::ClientContext context;
    context.set_deadline(deadline_after(rpc_.call_timeout_s));
    reply.Clear();
    const grpc::Status status = server.stub->Score(&context, request, &reply);
    if (!status.ok()) throw from_status(status, context, server.endpoint, "Score");
    const std::string where = server.endpoint + ": Score: group " + request.group().group_id() + ": ";
    if (reply.rewards_size() != request.group().completions_size())
      throw Error(ErrorCode::data_loss, where + std::to_string(reply.rewards_size()) + " rewards for " +
                                            std::to_string(request.group().completions_size()) + " completions");
    for (const v1::Reward& reward : reply.rewards()) {
      bool same = static_cast<std::size_t>(reward.components_size()) == functions_.size();
      for (int c = 0; same && c < reward.components_size(); ++c)
        same = reward.components(c).name() == functions_[static_cast<std::size_t>(c)].first;
      if (!same)
        throw Error(ErrorCode::data_loss, where + "the reward's components are not " + functions_text(functions_));
    }
  }

  RpcSettings rpc_;
  std::vector<Server> servers_;
  Functions functions_;
  std::atomic<std::size_t> next_server_{0};
};

}  // namespace

std::unique_ptr<Rewarder> make_remote_rewarder(const std::vector<std::string>& endpoints,
                                               const RemoteRewarderSettings& settings) {
  return std::make_unique<RemoteRewarder>(endpoints, settings);
}

}  // namespace hone
