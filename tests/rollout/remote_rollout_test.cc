// Remote generation gives LocalRollout's bits, however the work is split.
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <thread>

#include "tests/rollout/rpc_fixture.h"

namespace hone {
namespace {

using namespace hone::testing;

RemoteRolloutOptions in_flight_options(const std::vector<std::string>& endpoints) {
  RemoteRolloutOptions options = client_options(endpoints);
  options.in_flight = true;
  return options;
}

TEST(RemoteRollout, SameBitsAsLocalWithAnySplit) {
  const auto requests = make_requests(23, 3, 7);
  const auto expected = local_results(requests, 4, 9);
  for (int workers : {1, 3})
    for (int batch : {0, 1, 5, 100}) {
      std::vector<std::unique_ptr<Worker>> pool;
      std::vector<std::string> endpoints;
      for (int w = 0; w < workers; ++w) endpoints.push_back(pool.emplace_back(std::make_unique<Worker>())->address());
      RemoteRolloutOptions options = client_options(endpoints);
      options.batch_requests = batch;
      RemoteRollout remote(options);
      publish(remote, 4, 9);
      EXPECT_TRUE(same_bits(collect(remote, requests), expected)) << workers << " workers, batches of " << batch;
    }
}

TEST(RemoteRollout, CountsTokensAndTakesEmptyCalls) {
  Worker worker;
  RemoteRollout remote(client_options({worker.address()}));
  publish(remote, 0, 1);
  const auto requests = make_requests(4, 2, 5);
  const RolloutStats stats = remote.generate(
      requests, [](std::size_t, RolloutResult) {}, nullptr);
  EXPECT_EQ(stats.prompt_tokens, 8);
  EXPECT_EQ(stats.generated_tokens, 40);
  EXPECT_TRUE(collect(remote, {}).empty());
}

TEST(RemoteRollout, CallbackRunsOnTheCallersThread) {
  Worker a, b;
  RemoteRollout remote(client_options({a.address(), b.address()}));
  publish(remote, 0, 1);
  const auto self = std::this_thread::get_id();
  remote.generate(
      make_requests(9), [&](std::size_t, RolloutResult) { EXPECT_EQ(std::this_thread::get_id(), self); }, nullptr);
}

TEST(RemoteRollout, NewWeightsChangeTheBits) {
  Worker worker;
  RemoteRollout remote(client_options({worker.address()}));
  const auto requests = make_requests(6);
  publish(remote, 0, 1);
  EXPECT_TRUE(same_bits(collect(remote, requests), local_results(requests, 0, 1)));
  publish(remote, 1, 2);
  EXPECT_TRUE(same_bits(collect(remote, requests), local_results(requests, 1, 2)));
  EXPECT_EQ(worker.engine->loads, 2);
  EXPECT_EQ(error_of([&] { publish(remote, 1, 3); }), ErrorCode::failed_precondition);
}

TEST(RemoteRollout, GenerateNeedsWeights) {
  Worker worker;
  RemoteRollout remote(client_options({worker.address()}));
  EXPECT_EQ(error_of([&] { collect(remote, make_requests(1)); }), ErrorCode::failed_precondition);
}

TEST(RemoteRollout, InFlightWeightsReachRunningCalls) {
  Worker a, b;
  RemoteRolloutOptions options = in_flight_options({a.address(), b.address()});
  options.batch_requests = 2;
  RemoteRollout remote(options);
  publish(remote, 0, 1);
  a.engine->gate.close();
  b.engine->gate.close();
  const auto requests = make_requests(9);
  auto running = std::async(std::launch::async, [&] { return collect(remote, requests); });
  a.engine->gate.wait_for_arrivals(1);
  b.engine->gate.wait_for_arrivals(1);
  publish(remote, 1, 2);
  EXPECT_EQ(error_of([&] { publish(remote, 1, 3); }), ErrorCode::failed_precondition);
  EXPECT_EQ(a.engine->stages + b.engine->stages, 2);  // the first set came to no session
  a.engine->gate.open();
  b.engine->gate.open();
  EXPECT_TRUE(same_bits(running.get(), local_results(requests, 1, 2)));  // the fake engine makes all tokens when the door opens
}

TEST(RemoteRollout, InFlightARestartedWorkerGetsTheNewestWeights) {
  auto worker = std::make_unique<Worker>();
  const std::string address = worker->address();
  RemoteRollout remote(in_flight_options({address}));
  publish(remote, 0, 1);
  publish(remote, 1, 2);
  worker.reset();
  worker = std::make_unique<Worker>(address);
  const auto requests = make_requests(6);
  EXPECT_TRUE(same_bits(collect(remote, requests), local_results(requests, 1, 2)));
  publish(remote, 2, 3);
  EXPECT_TRUE(same_bits(collect(remote, requests), local_results(requests, 2, 3)));
}

TEST(RemoteRollout, InFlightARestartMeetsAPublishAndAGenerate) {
  const auto requests = make_requests(6);
  auto worker = std::make_unique<Worker>();
  const std::string address = worker->address();
  RemoteRollout remote(in_flight_options({address}));
  publish(remote, 0, 1);
  for (uint64_t version = 1; version <= 20; ++version) {
    worker.reset();
    worker = std::make_unique<Worker>(address);
    auto publishing = std::async(std::launch::async, [&] { publish(remote, version, version); });
    for (const RolloutResult& result : collect(remote, requests)) {
      const uint64_t by = result.completions[0].versions[0];
      EXPECT_TRUE(by == version || by + 1 == version) << by << " while " << version << " was published";
    }
    publishing.get();
    EXPECT_EQ(worker->server->info().weights.version, version);
  }
}

TEST(RemoteRollout, InFlightANewSessionWaitsForTheCallsOfTheOld) {
  Worker worker;
  RemoteRolloutOptions options = in_flight_options({worker.address()});
  options.batch_requests = 3;  // one call
  RemoteRollout first(options);
  publish(first, 5, 1);
  options.session = 11;
  RemoteRollout resumed(options);
  worker.engine->gate.close();
  const auto requests = make_requests(3);
  auto running = std::async(std::launch::async, [&] { return collect(first, requests); });
  worker.engine->gate.wait_for_arrivals(1);
  auto publishing = std::async(std::launch::async, [&] { publish(resumed, 3, 2); });
  worker.engine->gate.open();
  EXPECT_TRUE(same_bits(running.get(), local_results(requests, 5, 1)));
  publishing.get();
  EXPECT_TRUE(same_bits(collect(resumed, requests), local_results(requests, 3, 2)));
}

TEST(RemoteRollout, LargeGroup) {
  Worker worker;
  RemoteRollout remote(client_options({worker.address()}));
  publish(remote, 7, 1);
  const auto requests = make_requests(2, 200, 2000);
  EXPECT_TRUE(same_bits(collect(remote, requests), local_results(requests, 7, 1)));
}

TEST(RemoteRollout, CancelStopsTheWorkers) {
  Worker worker;
  RemoteRollout remote(client_options({worker.address()}));
  publish(remote, 0, 1);
  worker.engine->gate.close();
  std::atomic<bool> cancel{false};
  const auto requests = make_requests(5);
  auto running = std::async(std::launch::async, [&] { return error_of([&] { collect(remote, requests, &cancel); }); });
  worker.engine->gate.wait_for_arrivals(1);
  cancel = true;
  EXPECT_EQ(running.get(), ErrorCode::cancelled);
  worker.engine->gate.open();
  EXPECT_TRUE(same_bits(collect(remote, requests), local_results(requests, 0, 1)));  // and it can go on
}

TEST(RemoteRollout, ThrowingCallbackEndsTheCall) {
  Worker worker;
  RemoteRollout remote(client_options({worker.address()}));
  publish(remote, 0, 1);
  const auto requests = make_requests(5);
  EXPECT_THROW(remote.generate(
                   requests, [](std::size_t, RolloutResult) { throw std::runtime_error("caller"); }, nullptr),
               std::runtime_error);
  EXPECT_TRUE(same_bits(collect(remote, requests), local_results(requests, 0, 1)));
}

TEST(RemoteRollout, BadRequestIsReportedAtOnce) {
  Worker worker;
  RemoteRollout remote(client_options({worker.address()}));
  publish(remote, 0, 1);
  auto requests = make_requests(3);
  requests[1].prompt_token_ids.clear();
  std::string text;
  EXPECT_EQ(error_of([&] { collect(remote, requests); }, &text), ErrorCode::invalid_argument);
  EXPECT_NE(text.find("empty prompt"), std::string::npos) << text;
  EXPECT_NE(text.find(worker.address()), std::string::npos) << text;
  requests = make_requests(1, 0);
  EXPECT_EQ(error_of([&] { collect(remote, requests); }), ErrorCode::invalid_argument);
  requests = make_requests(1, 1 << 30);
  EXPECT_EQ(error_of([&] { collect(remote, requests); }), ErrorCode::invalid_argument);
}

TEST(RemoteRollout, RefusesBadOptions) {
  for (const std::vector<std::string>& endpoints :
       {std::vector<std::string>{}, {"nohost"}, {"h:0"}, {"h:1", "h:1"}, {"h:70000"}})
    EXPECT_EQ(error_of([&] { RemoteRollout remote(client_options(endpoints)); }), ErrorCode::invalid_argument);
  RemoteRolloutOptions options = client_options({"127.0.0.1:1"});
  options.rpc.call_timeout_s = -1;
  EXPECT_EQ(error_of([&] { RemoteRollout remote(options); }), ErrorCode::invalid_argument);
}

TEST(RemoteRollout, ChecksWorkersAtTheStart) {
  Worker a, b;
  RemoteRolloutOptions options = client_options({a.address(), b.address()});
  RemoteRollout good(options);
  const auto infos = good.check_workers();
  ASSERT_EQ(infos.size(), 2u);
  EXPECT_EQ(infos[1].slots, 4);
  options.expected.fingerprint = "beef";
  RemoteRollout other_model(options);
  EXPECT_EQ(error_of([&] { other_model.check_workers(); }), ErrorCode::failed_precondition);
  EXPECT_EQ(error_of([&] { publish(other_model, 0, 1); }), ErrorCode::failed_precondition);
  EXPECT_EQ(a.engine->loads + b.engine->loads, 0);
}

}  // namespace
}  // namespace hone
