// Workers that die, come back, refuse, or belong to somebody else.
#include <gtest/gtest.h>

#include <cmath>
#include <future>

#include "tests/rollout/rpc_fixture.h"

namespace hone {
namespace {

using namespace hone::testing;

TEST(WorkerFailure, WorkOfADeadWorkerIsDoneByOthers) {
  Worker first, second;
  RemoteRollout remote(client_options({first.address(), second.address()}));
  publish(remote, 2, 5);
  first.engine->gate.close();
  second.engine->gate.close();  // or it might do all of the work before the first one begins
  const auto requests = make_requests(12);
  auto running = std::async(std::launch::async, [&] { return collect(remote, requests); });
  first.engine->gate.wait_for_arrivals(1);
  first.server->stop(0.0);
  second.engine->gate.open();
  EXPECT_TRUE(same_bits(running.get(), local_results(requests, 2, 5)));
  EXPECT_GT(second.engine->gate.arrivals(), 0);
}

TEST(WorkerFailure, RestartedWorkerGetsTheWeightsBeforeWork) {
  auto worker = std::make_unique<Worker>();
  const std::string address = worker->address();
  RemoteRollout remote(client_options({address}));
  publish(remote, 2, 5);
  worker->engine->gate.close();
  const auto requests = make_requests(8);
  auto running = std::async(std::launch::async, [&] { return collect(remote, requests); });
  worker->engine->gate.wait_for_arrivals(1);
  worker.reset();  // the only one: its work waits for its return
  worker = std::make_unique<Worker>(address);
  EXPECT_TRUE(same_bits(running.get(), local_results(requests, 2, 5)));
  EXPECT_EQ(worker->engine->loads, 1);
  EXPECT_EQ(worker->server->info().weights, (WeightsId{"run", 10, 2}));
}

TEST(WorkerFailure, RestartBetweenCallsIsNoticed) {
  auto worker = std::make_unique<Worker>();
  const std::string address = worker->address();
  RemoteRollout remote(client_options({address}));
  publish(remote, 2, 5);
  const auto requests = make_requests(3);
  collect(remote, requests);
  worker.reset();
  worker = std::make_unique<Worker>(address);
  EXPECT_TRUE(same_bits(collect(remote, requests), local_results(requests, 2, 5)));
}

TEST(WorkerFailure, PublishGoesOnWithoutADeadWorkerWhichCatchesUp) {
  Worker first;
  auto second = std::make_unique<Worker>();
  const std::string address = second->address();
  RemoteRollout remote(client_options({first.address(), address}));
  publish(remote, 0, 1);
  second.reset();
  publish(remote, 1, 2);
  second = std::make_unique<Worker>(address);
  first.engine->gate.close();  // so that the second one has to work
  const auto requests = make_requests(6);
  auto running = std::async(std::launch::async, [&] { return collect(remote, requests); });
  second->engine->gate.wait_for_arrivals(1);
  first.engine->gate.open();
  EXPECT_TRUE(same_bits(running.get(), local_results(requests, 1, 2)));
  EXPECT_EQ(second->server->info().weights.version, 1u);
}

TEST(WorkerFailure, BudgetEndsInUnavailableNamingTheEndpoints) {
  Worker first, second;
  RemoteRollout remote(client_options({first.address(), second.address()}, 0.1));
  publish(remote, 0, 1);
  first.server->stop(0.0);
  second.server->stop(0.0);
  std::string text;
  EXPECT_EQ(error_of([&] { collect(remote, make_requests(4)); }, &text), ErrorCode::unavailable);
  EXPECT_NE(text.find("127.0.0.1:"), std::string::npos) << text;
  EXPECT_EQ(error_of([&] { publish(remote, 1, 1); }, &text), ErrorCode::unavailable);
  EXPECT_EQ(error_of([&] { remote.check_workers(); }, &text), ErrorCode::unavailable);
}

TEST(WorkerFailure, DeadlineEndsAHungWorker) {
  Worker hung;
  RemoteRolloutOptions options = client_options({hung.address()}, 0.0);
  options.rpc.call_timeout_s = 0.2;
  RemoteRollout remote(options);
  publish(remote, 0, 1);
  hung.engine->gate.close();
  std::string text;
  EXPECT_EQ(error_of([&] { collect(remote, make_requests(1)); }, &text), ErrorCode::unavailable);
  EXPECT_NE(text.find("Deadline"), std::string::npos) << text;
}

TEST(WorkerFailure, NotFiniteWeightsAreRefusedAndTheOldServe) {
  Worker worker;
  RemoteRollout remote(client_options({worker.address()}));
  publish(remote, 0, 1);
  WeightSet bad = make_weights(small_tensors(), 2);
  bad.tensors[2].data[0] = NAN;
  std::string text;
  EXPECT_EQ(error_of([&] { remote.publish(1, bad.views()); }, &text), ErrorCode::invalid_argument);
  EXPECT_NE(text.find("finite"), std::string::npos) << text;
  const auto requests = make_requests(2);
  EXPECT_TRUE(same_bits(collect(remote, requests), local_results(requests, 0, 1)));
}

TEST(WorkerFailure, WorkerOfAnotherRunIsRefused) {
  Worker worker("127.0.0.1:0", "other run");
  RemoteRollout remote(client_options({worker.address()}));
  std::string text;
  EXPECT_EQ(error_of([&] { publish(remote, 0, 1); }, &text), ErrorCode::failed_precondition);
  EXPECT_NE(text.find("other run"), std::string::npos) << text;
  EXPECT_EQ(worker.engine->loads, 0);
}

TEST(WorkerFailure, ResumedLearnerTakesOverAndMayGoBack) {
  Worker worker;
  RemoteRolloutOptions options = client_options({worker.address()});
  RemoteRollout before(options);
  publish(before, 9, 1);
  options.session = 11;
  RemoteRollout resumed(options);
  publish(resumed, 7, 2);
  const auto requests = make_requests(2);
  EXPECT_TRUE(same_bits(collect(resumed, requests), local_results(requests, 7, 2)));
  std::string text;
  EXPECT_EQ(error_of([&] { collect(before, requests); }, &text), ErrorCode::failed_precondition);
  EXPECT_NE(text.find("took over"), std::string::npos) << text;
}

}  // namespace
}  // namespace hone
