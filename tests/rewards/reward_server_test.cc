#include "rewards/reward_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <sstream>
#include <string>

#include "proto/base/json.h"
#include "tests/rewards/rpc_fixture.h"

namespace hone {
namespace {

using namespace hone::testing;

TEST(RewardServer, RemoteScoresAreTheLocalOnes) {
  LengthRewarder rewarder;
  RewardServer server(rewarder, {});
  const auto remote = make_remote_rewarder({server.address()}, fast_settings());
  EXPECT_EQ(remote->functions(), rewarder.functions());
  EXPECT_EQ(remote->settings(), rewarder.settings());
  for (int completions : {0, 1, 3, 500}) {
    Group here = make_group(completions);
    Group there = here;
    rewarder.score(here);
    remote->score(there);
    for (std::size_t i = 0; i < here.completions.size(); ++i) {
      EXPECT_EQ(here.completions[i].reward.score, there.completions[i].reward.score);
      EXPECT_EQ(there.completions[i].reward.components[0].detail, "\xff not UTF-8");
      EXPECT_EQ(there.completions[i].text, here.completions[i].text);
    }
  }
}

TEST(RewardServer, ClientsKnowHowManyGroupsTheServersTake) {
  LengthRewarder rewarder;
  RewardServer first(rewarder, {.max_concurrent = 3}), second(rewarder, {.max_concurrent = 2}),
      many(rewarder, {.max_concurrent = 200});
  EXPECT_EQ(make_remote_rewarder({first.address()}, fast_settings())->concurrency(), 3);
  EXPECT_EQ(make_remote_rewarder({first.address(), second.address()}, fast_settings())->concurrency(), 5);
  EXPECT_EQ(make_remote_rewarder({many.address(), second.address()}, fast_settings())->concurrency(), 64);
  EXPECT_EQ(rewarder.concurrency(), 1);
}

TEST(RewardServer, LargeGroup) {
  LengthRewarder rewarder;
  RewardServer server(rewarder, {});
  const auto remote = make_remote_rewarder({server.address()}, fast_settings());
  Group group = make_group(64);
  for (Completion& c : group.completions) {
    c.text.assign(100000, 'x');
    c.token_ids.assign(20000, 70000);
    c.logprobs.assign(20000, -1.0f);
    c.versions.assign(20000, 3);
  }
  remote->score(group);
  EXPECT_GT(group.completions[63].reward.score, 0.0);
}

TEST(RewardServer, GroupOverTheMessageLimitIsAClearError) {
  LengthRewarder rewarder;
  RewardServer server(rewarder, {});
  const auto remote = make_remote_rewarder({server.address()}, fast_settings());
  Group group = make_group(1);
  group.completions[0].text.assign(kMaxMessageBytes, 'x');
  std::string text;
  EXPECT_EQ(error_of([&] { remote->score(group); }, &text), ErrorCode::invalid_argument);
  EXPECT_NE(text.find("larger than max"), std::string::npos) << text;
}

TEST(RewardServer, OtherFunctionsAreRefused) {
  LengthRewarder rewarder;
  RewardServer server(rewarder, {});
  RemoteRewarderSettings settings = fast_settings();
  std::string text;
  for (const Functions& expected : {Functions{{"unknown", 0.1}}, Functions{{"length", 0.2}}, Functions{}}) {
    settings.expected = expected;
    EXPECT_EQ(error_of([&] { make_remote_rewarder({server.address()}, settings); }, &text),
              ErrorCode::failed_precondition);
    EXPECT_NE(text.find(server.address()), std::string::npos) << text;
  }
  settings.expected = Functions{{"length", 0.1}};
  EXPECT_NO_THROW(make_remote_rewarder({server.address()}, settings));
  settings.expected_settings = {R"({"a":1})"};
  EXPECT_EQ(error_of([&] { make_remote_rewarder({server.address()}, settings); }, &text),
            ErrorCode::failed_precondition);
  EXPECT_NE(text.find(R"(settings {"a":1})"), std::string::npos) << text;
}

TEST(RewardServer, RestartWithOtherFunctionsOrSettingsIsRefused) {
  LengthRewarder rewarder(0.1, R"({"a":1})"), other_weight(0.3, R"({"a":1})"), other_settings(0.1, R"({"a":2})");
  auto server = std::make_unique<RewardServer>(rewarder, RewardServerOptions{});
  const std::string address = server->address();
  const auto remote = make_remote_rewarder({address}, fast_settings());
  for (LengthRewarder* other : {&other_weight, &other_settings}) {
    server.reset();
    server = std::make_unique<RewardServer>(*other, RewardServerOptions{.address = address});
    Group group = make_group();
    std::string text;
    EXPECT_EQ(error_of([&] { remote->score(group); }, &text), ErrorCode::failed_precondition);
    EXPECT_NE(text.find("another configuration"), std::string::npos) << text;
    EXPECT_EQ(other->calls, 0);
  }
  server.reset();
  server = std::make_unique<RewardServer>(rewarder, RewardServerOptions{.address = address});
  Group group = make_group();
  remote->score(group);  // a refusal is not for ever
  EXPECT_EQ(rewarder.calls, 1);
}

TEST(RewardServer, ARefusedServerIsLeftOutWhileAnotherServes) {
  LengthRewarder rewarder, other(0.3);
  RewardServer good(rewarder, {});
  auto second = std::make_unique<RewardServer>(rewarder, RewardServerOptions{});
  const std::string address = second->address();
  const auto remote = make_remote_rewarder({good.address(), address}, fast_settings());
  second.reset();
  RewardServer wrong(other, {.address = address});
  for (int i = 0; i < 6; ++i) {
    Group group = make_group();
    remote->score(group);
    EXPECT_GT(group.completions[0].reward.score, 0.0);
  }
  EXPECT_EQ(rewarder.calls, 6);
  EXPECT_EQ(other.calls, 0);
}

TEST(RewardServer, OutageThrowsAndLeavesTheGroup) {
  LengthRewarder rewarder;
  RewardServer server(rewarder, {});
  const auto remote = make_remote_rewarder({server.address()}, fast_settings(0.1));
  server.stop(0.0);
  Group group = make_group();
  std::string text;
  EXPECT_EQ(error_of([&] { remote->score(group); }, &text), ErrorCode::unavailable);
  EXPECT_NE(text.find("given up after"), std::string::npos) << text;
  EXPECT_TRUE(group.completions[0].reward.components.empty());
}

TEST(RewardServer, ReturnWithinTheBudgetIsWaitedFor) {
  LengthRewarder rewarder;
  auto server = std::make_unique<RewardServer>(rewarder, RewardServerOptions{});
  const std::string address = server->address();
  const auto remote = make_remote_rewarder({address}, fast_settings());
  server.reset();
  Group group = make_group();
  auto scoring = std::async(std::launch::async, [&] { remote->score(group); });
  server = std::make_unique<RewardServer>(rewarder, RewardServerOptions{.address = address});
  scoring.get();
  EXPECT_GT(group.completions[0].reward.score, 0.0);
}

TEST(RewardServer, OtherServersTakeOver) {
  LengthRewarder first, second;
  auto dead = std::make_unique<RewardServer>(first, RewardServerOptions{});
  RewardServer alive(second, {});
  const auto remote = make_remote_rewarder({dead->address(), alive.address()}, fast_settings(0.0));
  dead.reset();
  for (int i = 0; i < 4; ++i) {
    Group group = make_group();
    remote->score(group);
    EXPECT_GT(group.completions[0].reward.score, 0.0);
  }
  EXPECT_EQ(second.calls, 4);
}

TEST(RewardServer, RetryableErrorsOfTheRewarderAreRetried) {
  LengthRewarder rewarder;
  rewarder.before([&] {
    if (rewarder.calls < 3) throw Error(ErrorCode::unavailable, "the sandbox is starting");
  });
  RewardServer server(rewarder, {});
  const auto remote = make_remote_rewarder({server.address()}, fast_settings());
  Group group = make_group();
  remote->score(group);
  EXPECT_EQ(rewarder.calls, 3);
}

TEST(RewardServer, OtherErrorsAreReportedAtOnce) {
  LengthRewarder rewarder;
  rewarder.before([] { throw std::runtime_error("bug"); });
  RewardServer server(rewarder, {});
  const auto remote = make_remote_rewarder({server.address()}, fast_settings());
  Group group = make_group();
  EXPECT_EQ(error_of([&] { remote->score(group); }), ErrorCode::internal);
  EXPECT_EQ(rewarder.calls, 1);
}

TEST(RewardServer, SlowServerMeetsTheDeadline) {
  LengthRewarder rewarder;
  Latch latch;
  rewarder.before([&] { latch.wait(); });
  RewardServer server(rewarder, {});
  RemoteRewarderSettings settings = fast_settings(0.0);
  settings.rpc.call_timeout_s = 0.1;
  const auto remote = make_remote_rewarder({server.address()}, settings);
  Group group = make_group();
  EXPECT_EQ(error_of([&] { remote->score(group); }), ErrorCode::deadline_exceeded);
  latch.release();
}

TEST(RewardServer, ConcurrencyIsBounded) {
  LengthRewarder rewarder;
  Latch latch;
  rewarder.before([&] { latch.wait(); });
  RewardServer server(rewarder, {.max_concurrent = 1, .max_waiting_calls = 0});
  const auto patient = make_remote_rewarder({server.address()}, fast_settings());
  const auto hasty = make_remote_rewarder({server.address()}, fast_settings(0.0));
  Group first = make_group(), second = make_group();
  auto scoring = std::async(std::launch::async, [&] { patient->score(first); });
  latch.wait_for_waiting(1);
  EXPECT_EQ(error_of([&] { hasty->score(second); }), ErrorCode::resource_exhausted);
  latch.release();
  scoring.get();
  EXPECT_EQ(rewarder.calls, 1);
}

TEST(RewardServer, StopLetsRunningCallsFinish) {
  LengthRewarder rewarder;
  Latch latch;
  rewarder.before([&] { latch.wait(); });
  RewardServer server(rewarder, {});
  const auto remote = make_remote_rewarder({server.address()}, fast_settings(0.0));
  Group group = make_group();
  auto scoring = std::async(std::launch::async, [&] { remote->score(group); });
  latch.wait_for_waiting(1);
  auto stopping = std::async(std::launch::async, [&] { server.stop(30.0); });
  latch.release();
  EXPECT_NO_THROW(scoring.get());
  stopping.get();
}

TEST(RewardServer, RealRulesGiveTheLocalScores) {
  const Json config = Json::parse(R"([{"name": "exact_match", "weight": 0.75}])");
  const auto local = make_local_rewarder(config, "test");
  RewardServer server(*local, {});
  RemoteRewarderSettings settings = fast_settings();
  settings.expected = local->functions();
  const auto remote = make_remote_rewarder({server.address()}, settings);
  Group here = make_group(3);
  here.completions[1].text = "2";
  Group there = here;
  local->score(here);
  remote->score(there);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(here.completions[i].reward.score, there.completions[i].reward.score);
    EXPECT_EQ(here.completions[i].reward.outcome, there.completions[i].reward.outcome);
    ASSERT_EQ(here.completions[i].reward.components.size(), there.completions[i].reward.components.size());
  }
}

TEST(RewardServer, RunsUntilStopped) {
  LengthRewarder rewarder;
  std::atomic<bool> stop{true};
  std::ostringstream out;
  run_reward_server(rewarder, {}, stop, out);
  EXPECT_EQ(out.str().rfind("listening on 127.0.0.1:", 0), 0u) << out.str();
  EXPECT_EQ(out.str().find("metrics"), std::string::npos) << out.str();
}

TEST(RewardServer, OpenAddressNeedsTls) {
  LengthRewarder rewarder;
  EXPECT_EQ(error_of([&] { RewardServer server(rewarder, {.address = "0.0.0.0:0"}); }), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace hone
