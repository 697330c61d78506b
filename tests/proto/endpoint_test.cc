#include "proto/rpc/endpoint.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <vector>

#include "proto/rpc/retry.h"
#include "tests/proto/error_of.h"

namespace hone {
namespace {

using testing::error_of;

TEST(Endpoint, Parses) {
  EXPECT_EQ(parse_endpoint("host.example:50051").port, 50051);
  EXPECT_EQ(parse_endpoint("[::1]:80").host, "::1");
  EXPECT_EQ(parse_endpoint("127.0.0.1:0", true).port, 0);
  for (const char* bad : {"", "host", ":1", "host:", "host:0", "host:65536", "host:-1", "host:1x", "::1:80", "a b:1",
                          "dns:///h:1", "unix:/tmp/x"})
    EXPECT_EQ(error_of([&] { parse_endpoint(bad); }), ErrorCode::invalid_argument) << bad;
}

TEST(Endpoint, Loopback) {
  for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "localhost"}) EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "127.0.0.1.example", "localhost.example", ""})
    EXPECT_FALSE(is_loopback(host)) << host;
}

TEST(TlsFiles, AllOrNone) {
  EXPECT_FALSE(TlsFiles{}.enabled());
  EXPECT_TRUE((TlsFiles{"c", "k", "a"}.enabled()));
  for (const TlsFiles& part : {TlsFiles{"c", "", ""}, TlsFiles{"c", "k", ""}, TlsFiles{"", "k", "a"}})
    EXPECT_EQ(error_of([&] { part.enabled(); }), ErrorCode::invalid_argument);
}

TEST(RpcSettings, Validates) {
  EXPECT_NO_THROW(validate(RpcSettings{}));
  EXPECT_NO_THROW(validate(RpcSettings{.retry_budget_s = 0.0}));
  EXPECT_EQ(error_of([] { validate(RpcSettings{.connect_timeout_s = 0.0}); }), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { validate(RpcSettings{.backoff_max_s = std::numeric_limits<double>::infinity()}); }),
            ErrorCode::invalid_argument);
}

TEST(RetrySchedule, DoublesUpToTheLimitWithinTheBudget) {
  const RpcSettings settings{.retry_budget_s = 10.0, .backoff_initial_s = 0.5, .backoff_max_s = 4.0};
  RetrySchedule retry(settings);
  RetrySchedule::Clock::time_point now{};
  std::vector<double> delays;
  while (const auto delay = retry.next_delay(now)) {
    delays.push_back(delay->count());
    now += std::chrono::duration_cast<RetrySchedule::Clock::duration>(*delay);
  }
  EXPECT_EQ(delays, (std::vector<double>{0.5, 1.0, 2.0, 4.0}));
  retry.reset();
  EXPECT_EQ(retry.next_delay(now)->count(), 0.5);
  EXPECT_EQ(backoff_seconds(settings, 1000000), 4.0);
}

TEST(RetrySchedule, NoBudgetNoRetry) {
  RetrySchedule retry(RpcSettings{.retry_budget_s = 0.0});
  EXPECT_FALSE(retry.next_delay().has_value());
}

TEST(Retryable, OnlyOutages) {
  EXPECT_TRUE(is_retryable(ErrorCode::unavailable));
  EXPECT_TRUE(is_retryable(ErrorCode::deadline_exceeded));
  EXPECT_TRUE(is_retryable(ErrorCode::resource_exhausted));
  EXPECT_FALSE(is_retryable(ErrorCode::failed_precondition));
  EXPECT_FALSE(is_retryable(ErrorCode::internal));
}

}  // namespace
}  // namespace hone
