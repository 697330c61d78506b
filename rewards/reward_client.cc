#include "rewards/reward_client.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <thread>

#include "hone/v1/reward.grpc.pb.h"
#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/rpc/channel.h"
#include "proto/rpc/convert.h"
#include "proto/rpc/happens_before.h"
#include "proto/rpc/retry.h"
#include "proto/rpc/status.h"
#include "rewards/served_functions.h"
#include "rewards/server_pool.h"

namespace hone {
namespace {

using Clock = ServerPool::Clock;

constexpr int kMaxConcurrency = 64;

/// A failure that is the server's own and will last: another program, another configuration, broken replies.
bool is_wrong_server(ErrorCode code) {
  return code == ErrorCode::failed_precondition || code == ErrorCode::data_loss || code == ErrorCode::unimplemented;
}

/// How one score() went so far.
struct Attempts {
  explicit Attempts(std::size_t servers) : tried(servers) {}
  std::vector<bool> tried;
  int failures = 0;
  Clock::time_point first_failure{};
  std::optional<Error> last;

  bool tried_all() const { return std::find(tried.begin(), tried.end(), false) == tried.end(); }
};

class RemoteRewarder : public Rewarder {
 public:
  RemoteRewarder(const std::vector<std::string>& endpoints, const RemoteRewarderSettings& settings)
      : rpc_(settings.rpc), pool_(endpoints.size(), settings.rpc), refusals_(endpoints.size()) {
    validate(rpc_);
    if (endpoints.empty()) throw Error(ErrorCode::invalid_argument, "no reward server endpoint is given");
    for (const std::string& endpoint : endpoints) {
      auto channel = make_channel(endpoint, rpc_);
      servers_.push_back({endpoint, channel, v1::RewardService::NewStub(channel)});
    }
    std::optional<ServedFunctions> expected;
    if (settings.expected) expected = served_functions(*settings.expected, settings.expected_settings);
    for (const Server& server : servers_) {
      const v1::RewardList list = list_with_retries(server);
      ServedFunctions found = from_message(list.functions());
      concurrency_ += static_cast<int>(std::clamp<uint32_t>(list.slots(), 1, kMaxConcurrency));
      if (expected && !same_functions(found, *expected))
        throw Error(ErrorCode::failed_precondition, "reward server " + server.endpoint + " has the functions " +
                                                        to_text(found) + "; expected " + to_text(*expected) +
                                                        "; start it with this run's configuration");
      if (!expected) expected = std::move(found);
    }
    functions_ = std::move(*expected);
  }

  std::vector<std::pair<std::string, double>> functions() const override {
    std::vector<std::pair<std::string, double>> out;
    for (const ServedFunction& function : functions_) out.emplace_back(function.name, function.weight);
    return out;
  }

  std::vector<std::string> settings() const override {
    std::vector<std::string> out;
    for (const ServedFunction& function : functions_) {
      if (!function.settings) return {};
      out.push_back(*function.settings);
    }
    return out;
  }

  int concurrency() const override { return std::min(concurrency_, kMaxConcurrency); }

  void score(Group& group) override {
    v1::ScoreRequest request;
    to_message(group, *request.mutable_group());
    for (v1::Completion& completion : *request.mutable_group()->mutable_completions()) completion.clear_reward();
    to_message(functions_, *request.mutable_functions());
    std::vector<Reward> rewards = score_somewhere(request);
    for (std::size_t i = 0; i < rewards.size(); ++i) group.completions[i].reward = std::move(rewards[i]);
  }

 private:
  struct Server {
    std::string endpoint;
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<v1::RewardService::Stub> stub;
  };

  v1::RewardList list_with_retries(const Server& server) const {
    RetrySchedule retry(rpc_);
    for (;;) {
      try {
        return list(server);
      } catch (const Error& error) {
        if (!is_retryable(error.code())) throw;
        const auto delay = retry.next_delay();
        if (!delay) throw given_up(error, retry.failures());
        log_warning("reward server ", error.what(), "; trying again in ", delay->count(), " s");
        std::this_thread::sleep_for(*delay);
      }
    }
  }

  v1::RewardList list(const Server& server) const {
    await_connection(*server.channel, std::min(rpc_.connect_timeout_s, kReconnectS));
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
    return reply;
  }

  /// Before a server that failed gets a group again: it answers, soon, and with the same functions.
  void require_back(const Server& server) const {
    const ServedFunctions found = from_message(list(server).functions());
    if (!same_functions(found, functions_))
      throw Error(ErrorCode::failed_precondition, server.endpoint + ": it has come back with the functions " +
                                                      to_text(found) + "; this run has " + to_text(functions_) +
                                                      "; was it restarted with another configuration?");
  }

  /// Tries servers until one answers; throws when the budget is used up, when all are refused, or when the group itself
  /// is the reason.
  std::vector<Reward> score_somewhere(const v1::ScoreRequest& request) {
    Attempts attempts(servers_.size());
    for (;;) {
      const std::optional<std::size_t> server = pool_.acquire(attempts.tried);
      if (!server) {
        wait_for_server(attempts);
        continue;
      }
      std::optional<double> hint;
      try {
        if (pool_.is_suspect(*server)) require_back(servers_[*server]);
        std::vector<Reward> rewards = score_on(servers_[*server], request, hint);
        if (pool_.succeeded(*server)) log_info("reward server ", servers_[*server].endpoint, " is back");
        set_refusal(*server, "");
        return rewards;
      } catch (const Error& error) {
        note_failure(*server, error, hint, attempts);
      } catch (...) {
        pool_.released(*server);
        throw;
      }
    }
  }

  void note_failure(std::size_t server, const Error& error, std::optional<double> hint, Attempts& attempts) {
    if (attempts.failures++ == 0) attempts.first_failure = Clock::now();
    attempts.tried[server] = true;
    attempts.last = error;
    if (error.code() == ErrorCode::resource_exhausted && hint) {
      pool_.full(server, *hint);
      log_debug("reward server ", error.what());
    } else if (is_retryable(error.code()) || error.code() == ErrorCode::cancelled) {
      report(pool_.failed(server), error);
    } else if (is_wrong_server(error.code())) {
      report(pool_.failed(server), error);
      set_refusal(server, error.what());
      if (all_refused()) throw error;
    } else {
      pool_.released(server);
      throw error;
    }
    if (attempts.tried_all() && Clock::now() > budget_end(attempts)) throw given_up(*attempts.last, attempts.failures);
  }

  void wait_for_server(const Attempts& attempts) {
    HONE_CHECK(attempts.last, "no server was chosen and none has failed");
    const Clock::time_point end = budget_end(attempts);
    const std::optional<Clock::time_point> next = pool_.next_try();
    if (next ? *next > end : Clock::now() >= end) throw given_up(*attempts.last, attempts.failures);
    pool_.wait_until(next.value_or(end));
  }

  Clock::time_point budget_end(const Attempts& attempts) const {
    return attempts.first_failure + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(std::min(rpc_.retry_budget_s, 1e8)));
  }

  /// At the 1st, 2nd, 4th, 8th... failure in a row: a server may be away for long.
  static void report(int failures, const Error& error) {
    if ((failures & (failures - 1)) == 0)
      log_warning("reward server ", error.what(), "; it is left out for now (failures in a row: ", failures, ")");
  }

  Error given_up(const Error& last, int failures) const {
    std::string text = std::string("reward server ") + last.what() + " (given up after " + std::to_string(failures) +
                       " attempts in the retry budget of " + join(rpc_.retry_budget_s) + " s)";
    const std::lock_guard lock(refusals_mutex_);
    for (const std::string& refusal : refusals_)
      if (!refusal.empty() && refusal != last.what()) text += "; refused: " + refusal;
    return Error(last.code() == ErrorCode::cancelled ? ErrorCode::unavailable : last.code(), text);
  }

  void set_refusal(std::size_t server, const std::string& reason) {
    const std::lock_guard lock(refusals_mutex_);
    refusals_[server] = reason;
  }

  bool all_refused() const {
    const std::lock_guard lock(refusals_mutex_);
    return std::find(refusals_.begin(), refusals_.end(), "") == refusals_.end();
  }

  std::vector<Reward> score_on(const Server& server, const v1::ScoreRequest& request,
                               std::optional<double>& hint) const {
    grpc::ClientContext context;
    context.set_deadline(deadline_after(rpc_.call_timeout_s));
    v1::ScoreReply reply;
    before_rpc();
    const grpc::Status status = server.stub->Score(&context, request, &reply);
    after_rpc();
    if (!status.ok()) {
      hint = retry_hint(context);
      throw from_status(status, context, server.endpoint, "Score");
    }
    try {
      return rewards_of(reply, request.group());
    } catch (const Error& error) {
      throw Error(ErrorCode::data_loss,
                  server.endpoint + ": Score: group " + request.group().group_id() + ": " + error.what());
    }
  }

  std::vector<Reward> rewards_of(const v1::ScoreReply& reply, const v1::Group& group) const {
    if (reply.rewards_size() != group.completions_size())
      throw Error(ErrorCode::data_loss, std::to_string(reply.rewards_size()) + " rewards for " +
                                            std::to_string(group.completions_size()) + " completions");
    std::vector<Reward> rewards;
    for (const v1::Reward& message : reply.rewards()) {
      const Reward& reward = rewards.emplace_back(from_message(message));
      bool valid = reward.components.size() == functions_.size() && std::isfinite(reward.score);
      for (std::size_t c = 0; valid && c < functions_.size(); ++c)
        valid = reward.components[c].name == functions_[c].name && std::isfinite(reward.components[c].score);
      if (!valid)
        throw Error(ErrorCode::data_loss, "a reward is not finite or its components are not " + to_text(functions_));
    }
    return rewards;
  }

  RpcSettings rpc_;
  std::vector<Server> servers_;
  ServedFunctions functions_;
  int concurrency_ = 0;  // slots of all servers
  ServerPool pool_;
  mutable std::mutex refusals_mutex_;
  std::vector<std::string> refusals_;  // why a server is refused; "" = it is not
};

}  // namespace

std::unique_ptr<Rewarder> make_remote_rewarder(const std::vector<std::string>& endpoints,
                                               const RemoteRewarderSettings& settings) {
  return std::make_unique<RemoteRewarder>(endpoints, settings);
}

}  // namespace hone
