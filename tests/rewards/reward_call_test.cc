// What becomes of a call: cancelled, late, refused, drained. Rules here are held until the test lets them go.
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>

#include "hone/v1/reward.grpc.pb.h"
#include "proto/rpc/channel.h"
#include "proto/rpc/convert.h"
#include "proto/rpc/status.h"
#include "rewards/reward_monitor.h"
#include "rewards/reward_server.h"
#include "tests/proto/raw_call.h"
#include "tests/rewards/rpc_fixture.h"

namespace hone {
namespace {

using namespace hone::testing;

/// A Score call of its own, so that it can be cancelled.
class Call {
 public:
  explicit Call(const std::string& address, double deadline_s = 60.0)
      : stub_(v1::RewardService::NewStub(make_channel(address, {}))) {
    context_.set_deadline(deadline_after(deadline_s));
    to_message(make_group(), *request_.mutable_group());
    status_ = std::async(std::launch::async, [this] { return stub_->Score(&context_, request_, &reply_); });
  }
  void cancel() { context_.TryCancel(); }
  grpc::StatusCode code() { return status_.get().error_code(); }
  std::optional<double> hint() const { return retry_hint(context_); }

 private:
  std::unique_ptr<v1::RewardService::Stub> stub_;
  grpc::ClientContext context_;
  v1::ScoreRequest request_;
  v1::ScoreReply reply_;
  std::future<grpc::Status> status_;
};

/// Says on `entered` that it runs, then waits until its call is given up.
void wait_for_stop(Latch& entered, const std::stop_token& stop) {
  std::promise<void> stopped;
  const std::stop_callback callback(stop, [&] { stopped.set_value(); });
  {
    const std::lock_guard lock(entered.mutex);
    ++entered.waiting;
    entered.changed.notify_all();
  }
  stopped.get_future().wait();
  throw Error(ErrorCode::cancelled, "given up");
}

/// Waits until the metrics page of `monitor` has this line.
void wait_for_line(RewardMonitor& monitor, const std::string& line) {
  while (monitor.metrics().text().find(line + "\n") == std::string::npos) std::this_thread::yield();
}

class RewardCall : public ::testing::Test {
 protected:
  void start(int waiting) {
    server_ = std::make_unique<RewardServer>(
        rewarder_, RewardServerOptions{.max_concurrent = 1, .max_waiting_calls = waiting, .monitor = &monitor_});
  }
  const std::string& address() const { return server_->address(); }
  /// A call goes through: the only thread is free.
  void expect_free() {
    rewarder_.before_stoppable({});
    Group group = make_group();
    make_remote_rewarder({address()}, fast_settings())->score(group);
    EXPECT_GT(group.completions[0].reward.score, 0.0);
  }

  double refusals() {
    const std::string text = monitor_.metrics().text();
    const std::string name = R"(hone_reward_calls_total{code="RESOURCE_EXHAUSTED",method="Score"} )";
    const std::size_t at = text.find(name);
    return at == std::string::npos ? 0.0 : std::stod(text.substr(at + name.size()));
  }

  RewardMonitor monitor_;
  LengthRewarder rewarder_;
  Latch latch_;
  std::unique_ptr<RewardServer> server_;
};

TEST_F(RewardCall, CancellationFreesTheThreadOfARunningCall) {
  rewarder_.before_stoppable([&](const std::stop_token& stop) { wait_for_stop(latch_, stop); });
  start(0);
  Call call(address());
  latch_.wait_for_waiting(1);
  call.cancel();
  EXPECT_EQ(call.code(), grpc::StatusCode::CANCELLED);
  wait_for_line(monitor_, R"(hone_reward_calls_total{code="CANCELLED",method="Score"} 1)");
  wait_for_line(monitor_, R"(hone_reward_calls{state="running"} 0)");
  expect_free();
}

TEST_F(RewardCall, TheDeadlineStopsARunningCall) {
  rewarder_.before_stoppable([&](const std::stop_token& stop) { wait_for_stop(latch_, stop); });
  start(0);
  Call call(address(), 0.05);
  EXPECT_EQ(call.code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  wait_for_line(monitor_, R"(hone_reward_calls{state="running"} 0)");
  expect_free();
}

TEST_F(RewardCall, CancellationFreesThePlaceOfAWaitingCall) {
  rewarder_.before([&] { latch_.wait(); });
  start(1);
  Call running(address());
  latch_.wait_for_waiting(1);
  Call waiting(address());
  wait_for_line(monitor_, R"(hone_reward_calls{state="waiting"} 1)");
  waiting.cancel();
  EXPECT_EQ(waiting.code(), grpc::StatusCode::CANCELLED);
  wait_for_line(monitor_, R"(hone_reward_calls{state="waiting"} 0)");
  Call next(address());
  wait_for_line(monitor_, R"(hone_reward_calls{state="waiting"} 1)");
  latch_.release();
  EXPECT_EQ(running.code(), grpc::StatusCode::OK);
  EXPECT_EQ(next.code(), grpc::StatusCode::OK);
  EXPECT_EQ(rewarder_.calls, 2) << "the cancelled call was never scored";
}

TEST_F(RewardCall, TheDeadlineHoldsInTheLine) {
  rewarder_.before([&] { latch_.wait(); });
  start(5);
  Call running(address());
  latch_.wait_for_waiting(1);
  Call late(address(), 0.05);
  EXPECT_EQ(late.code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  wait_for_line(monitor_, R"(hone_reward_calls{state="waiting"} 0)");
  latch_.release();
  EXPECT_EQ(running.code(), grpc::StatusCode::OK);
  EXPECT_EQ(rewarder_.calls, 1);
}

TEST_F(RewardCall, AFullServerSaysWhenToComeBack) {
  rewarder_.before([&] { latch_.wait(); });
  start(0);
  Call running(address());
  latch_.wait_for_waiting(1);
  Call refused(address());
  EXPECT_EQ(refused.code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  ASSERT_TRUE(refused.hint().has_value());
  EXPECT_GE(*refused.hint(), 0.01);
  EXPECT_LE(*refused.hint(), 5.0);
  const auto remote = make_remote_rewarder({address()}, fast_settings());
  Group group = make_group();
  auto scoring = std::async(std::launch::async, [&] { remote->score(group); });
  while (refusals() < 3) std::this_thread::yield();  // it comes back
  latch_.release();
  scoring.get();
  EXPECT_EQ(running.code(), grpc::StatusCode::OK);
  EXPECT_GT(group.completions[0].reward.score, 0.0);
}

TEST_F(RewardCall, AFullServerIsAnErrorWhenTheBudgetEnds) {
  rewarder_.before([&] { latch_.wait(); });
  start(0);
  Call running(address());
  latch_.wait_for_waiting(1);
  const auto remote = make_remote_rewarder({address()}, fast_settings(0.05));
  Group group = make_group();
  std::string text;
  EXPECT_EQ(error_of([&] { remote->score(group); }, &text), ErrorCode::resource_exhausted);
  EXPECT_NE(text.find("queue is full"), std::string::npos) << text;
  EXPECT_TRUE(group.completions[0].reward.components.empty());
  latch_.release();
  EXPECT_EQ(running.code(), grpc::StatusCode::OK);
}

TEST_F(RewardCall, DrainFinishesWhatRunsAndWaitsAndRefusesTheRest) {
  rewarder_.before([&] { latch_.wait(); });
  start(5);
  Call running(address());
  latch_.wait_for_waiting(1);
  Call waiting(address());
  wait_for_line(monitor_, R"(hone_reward_calls{state="waiting"} 1)");
  HealthWatch watch(address());
  EXPECT_EQ(watch.next(), kServing);
  auto draining = std::async(std::launch::async, [&] { return server_->drain(60.0); });
  EXPECT_EQ(watch.next(), kNotServing);
  wait_for_line(monitor_, "hone_reward_serving 0");
  Call refused(address());
  EXPECT_EQ(refused.code(), grpc::StatusCode::UNAVAILABLE);
  latch_.release();
  EXPECT_EQ(running.code(), grpc::StatusCode::OK);
  EXPECT_EQ(waiting.code(), grpc::StatusCode::OK);
  EXPECT_TRUE(draining.get()) << "also with a client that watches its health";
  EXPECT_EQ(rewarder_.calls, 2);
}

TEST_F(RewardCall, DrainGivesUpWhatDoesNotEndInTime) {
  rewarder_.before_stoppable([&](const std::stop_token& stop) { wait_for_stop(latch_, stop); });
  start(5);
  Call running(address());
  latch_.wait_for_waiting(1);
  Call waiting(address());
  wait_for_line(monitor_, R"(hone_reward_calls{state="waiting"} 1)");
  EXPECT_TRUE(server_->drain(0.0));
  EXPECT_EQ(running.code(), grpc::StatusCode::UNAVAILABLE) << "the client tries another server";
  EXPECT_EQ(waiting.code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(RewardCall, ARuleThatNeverEndsDoesNotHoldADrain) {
  rewarder_.before([&] { latch_.wait(); });  // does not look at the stop token
  start(0);
  Call running(address());
  latch_.wait_for_waiting(1);
  EXPECT_FALSE(server_->drain(0.0));
  latch_.release();
}

}  // namespace
}  // namespace hone
