// hone.v1.RewardService over a Rewarder: the calls, their line and their end. reward_server.h is the server around it.
//
// gRPC's threads only move bytes; a request is unpacked and scored on the queue's threads. A call leaves the line the
// moment its client cancels, vanishes or its deadline passes; one in work asks its rules to give up
// (RewardFunction::score_until).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "hone/v1/reward.grpc.pb.h"
#include "rewards/reward_metrics.h"
#include "rewards/reward_server.h"
#include "rewards/rewarder.h"
#include "rewards/score_queue.h"
#include "rewards/served_functions.h"

namespace hone {

class ScoreCall;

class RewardService final : public v1::RewardService::WithRawCallbackMethod_Score<
                                v1::RewardService::WithCallbackMethod_ListRewards<v1::RewardService::Service>> {
 public:
  RewardService(Rewarder& rewarder, RewardMetrics& metrics, const RewardServerOptions& options);
  /// All calls must have ended.
  ~RewardService() override = default;

  grpc::ServerUnaryReactor* ListRewards(grpc::CallbackServerContext* context, const v1::ListRewardsRequest* request,
                                        v1::RewardList* reply) override;
  grpc::ServerUnaryReactor* Score(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                  grpc::ByteBuffer* reply) override;

  /// New Score calls get unavailable from now on.
  void refuse_new_calls();
  /// True when no Score call is open any more: all are answered and the answers are sent, or their clients gone.
  bool wait_until_idle(std::chrono::steady_clock::time_point until);
  /// Ends the calls in line with unavailable and asks those in work to give up.
  void give_up_calls();

 private:
  friend class ScoreCall;
  void score(const grpc::ByteBuffer& request, grpc::ByteBuffer& reply, const std::stop_token& stop);
  void require_functions(const v1::ScoreRequest& request) const;
  /// False when new calls are refused; else the call counts until close().
  bool open(ScoreCall& call);
  void close(ScoreCall& call);

  Rewarder& rewarder_;
  const ServedFunctions functions_;
  RewardMetrics& metrics_;
  const int slots_;
  std::mutex mutex_;
  std::condition_variable closed_;
  std::vector<ScoreCall*> open_calls_;
  bool refusing_ = false;
  ScoreQueue queue_;  // last: its threads use the rest
};

}  // namespace hone
