#include "rollout/local_rollout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <future>

#include "rollout/worker_info.h"
#include "tests/rollout/fake_engine.h"

namespace hone {
namespace {

using testing::collect;
using testing::error_of;
using testing::FakeEngine;
using testing::make_requests;
using testing::make_weights;
using testing::small_tensors;

struct Local {
  Local() {
    auto made = std::make_unique<FakeEngine>();
    engine = made.get();
    rollout = std::make_unique<LocalRollout>(std::move(made));
    rollout->publish(0, make_weights(small_tensors(), 1).views());
  }
  FakeEngine* engine;
  std::unique_ptr<LocalRollout> rollout;
};

TEST(LocalRollout, AnswersEveryRequest) {
  Local local;
  const auto requests = make_requests(5);
  const auto results = collect(*local.rollout, requests);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(results[i].group_id, requests[i].group_id);
    EXPECT_EQ(results[i].completions.size(), 2u);
  }
  EXPECT_TRUE(collect(*local.rollout, {}).empty());
}

TEST(LocalRollout, VersionsRise) {
  Local local;
  const WeightSet weights = make_weights(small_tensors(), 2);
  EXPECT_EQ(error_of([&] { local.rollout->publish(0, weights.views()); }), ErrorCode::failed_precondition);
  local.rollout->publish(3, weights.views());
  EXPECT_EQ(collect(*local.rollout, make_requests(1))[0].completions[0].versions[0], 3u);
  EXPECT_EQ(error_of([&] { local.rollout->publish(2, weights.views()); }), ErrorCode::failed_precondition);
}

TEST(LocalRollout, RefusedWeightsLeaveTheOldOnes) {
  Local local;
  WeightSet bad = make_weights(small_tensors(), 2);
  bad.tensors[0].data[3] = NAN;
  EXPECT_EQ(error_of([&] { local.rollout->publish(1, bad.views()); }), ErrorCode::invalid_argument);
  bad.tensors.pop_back();
  bad.tensors[0].data[3] = 0;
  EXPECT_EQ(error_of([&] { local.rollout->publish(1, bad.views()); }), ErrorCode::invalid_argument);
  EXPECT_EQ(collect(*local.rollout, make_requests(1))[0].completions[0].versions[0], 0u);
}

TEST(LocalRollout, CancelThrows) {
  Local local;
  local.engine->gate.close();
  std::atomic<bool> cancel{false};
  const auto requests = make_requests(3);
  auto running =
      std::async(std::launch::async, [&] { return error_of([&] { collect(*local.rollout, requests, &cancel); }); });
  local.engine->gate.wait_for_arrivals(1);
  cancel = true;
  EXPECT_EQ(running.get(), ErrorCode::cancelled);
}

TEST(LocalRollout, PublishWaitsForTheRunningCall) {
  Local local;
  local.engine->gate.close();
  const auto requests = make_requests(3);
  auto running = std::async(std::launch::async, [&] { return collect(*local.rollout, requests); });
  local.engine->gate.wait_for_arrivals(1);
  const WeightSet weights = make_weights(small_tensors(), 2);
  auto publishing = std::async(std::launch::async, [&] { local.rollout->publish(1, weights.views()); });
  local.engine->gate.open();
  for (const RolloutResult& result : running.get()) EXPECT_EQ(result.completions[0].versions[0], 0u);
  publishing.get();
  EXPECT_EQ(collect(*local.rollout, requests)[0].completions[0].versions[0], 1u);
}

TEST(LocalRollout, InFlightPublishDoesNotWait) {
  auto made = std::make_unique<FakeEngine>();
  FakeEngine& engine = *made;
  LocalRollout rollout(std::move(made), true);
  const WeightSet weights = make_weights(small_tensors(), 1);
  rollout.publish(0, weights.views());
  engine.gate.close();
  const auto requests = make_requests(3);
  auto running = std::async(std::launch::async, [&] { return collect(rollout, requests); });
  engine.gate.wait_for_arrivals(1);
  rollout.publish(1, weights.views());
  EXPECT_EQ(error_of([&] { rollout.publish(1, weights.views()); }), ErrorCode::failed_precondition);
  engine.gate.open();
  for (const RolloutResult& result : running.get()) EXPECT_EQ(result.completions[0].versions[0], 1u);
  EXPECT_EQ(engine.stages, 2);
}

TEST(WeightsId, NewerOnesServeOnlyWhereTheyMay) {
  const WeightsId want{"run", 2, 5};
  EXPECT_TRUE(serves({"run", 2, 5}, want, false));
  EXPECT_TRUE(serves({"run", 2, 6}, want, true));
  for (const WeightsId& have : {WeightsId{"run", 2, 4}, WeightsId{"run", 3, 6}, WeightsId{"run", 1, 6}, WeightsId{"other", 2, 6}, WeightsId{}})
    EXPECT_FALSE(serves(have, want, true)) << to_string(have);
  EXPECT_FALSE(serves({"run", 2, 6}, want, false));
  EXPECT_FALSE(serves({"run", 0, 0}, {"run", 0, 0}, true)) << "session 0 has no weights";
}

TEST(CheckWorker, NamesEachMismatch) {
  const ExpectedWorker expected{"f00d", 100, "run"};
  const WorkerInfo good{1, "f00d", 100, 8, {"", 0, 0}};
  EXPECT_NO_THROW(check_worker(good, expected, "h:1"));
  const auto refusal = [&](auto change) {
    WorkerInfo info = good;
    change(info);
    std::string text;
    EXPECT_EQ(error_of([&] { check_worker(info, expected, "h:1"); }, &text), ErrorCode::failed_precondition);
    EXPECT_NE(text.find("h:1"), std::string::npos) << text;
    return text;
  };
  EXPECT_NE(refusal([](WorkerInfo& i) { i.protocol_version = 9; }).find("protocol version 9"), std::string::npos);
  EXPECT_NE(refusal([](WorkerInfo& i) { i.vocab_size = 99; }).find("vocabulary of 99"), std::string::npos);
  EXPECT_NE(refusal([](WorkerInfo& i) { i.fingerprint = "beef"; }).find("fingerprint is beef"), std::string::npos);
  EXPECT_NE(refusal([](WorkerInfo& i) { i.weight_storage = "int8"; }).find("--weight-storage float32"), std::string::npos);
  EXPECT_NE(refusal([](WorkerInfo& i) { i.weights.run_id = "old"; }).find("run 'old'"), std::string::npos);
}

}  // namespace
}  // namespace hone
