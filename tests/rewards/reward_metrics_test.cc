#include "rewards/reward_metrics.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <regex>
#include <sstream>
#include <string>

#include "proto/base/json.h"
#include "proto/rpc/endpoint.h"
#include "rewards/reward_monitor.h"
#include "rewards/reward_server.h"
#include "tests/rewards/rpc_fixture.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

using namespace hone::testing;

/// The answer of GET `path`, headers included.
std::string http_get(const std::string& address, const std::string& path) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(parse_endpoint(address).port));
  ::inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  std::string answer;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(::write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(fd, buffer, sizeof buffer)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return answer;
}

/// Value of the sample whose line starts with `name`; -1 if there is none.
double value_of(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind(name + " ", 0) == 0) return std::stod(line.substr(name.size() + 1));
  return -1.0;
}

RewardComponent component(Outcome outcome, double seconds) { return {"math", 1.0, outcome, "", seconds}; }

TEST(RewardMetrics, CountsWhatFunctionsDo) {
  RewardMetrics metrics;
  metrics.function_scored("math", 0.02,
                          std::vector{component(Outcome::scored, 0.015), component(Outcome::error, 0.002)});
  metrics.function_scored("math", 3.0, std::vector{component(Outcome::skipped, 0.0)});
  metrics.slow_sample("math");
  const std::string text = metrics.text();
  EXPECT_EQ(value_of(text, R"(hone_reward_function_seconds_count{function="math"})"), 2) << text;
  EXPECT_EQ(value_of(text, R"(hone_reward_function_seconds_bucket{function="math",le="0.05"})"), 1);
  EXPECT_EQ(value_of(text, R"(hone_reward_function_seconds_bucket{function="math",le="5"})"), 2);
  EXPECT_NEAR(value_of(text, R"(hone_reward_function_seconds_sum{function="math"})"), 3.02, 1e-9);
  EXPECT_EQ(value_of(text, R"(hone_reward_sample_seconds_count{function="math"})"), 2);
  EXPECT_EQ(value_of(text, R"(hone_reward_outcomes_total{function="math",outcome="scored"})"), 1);
  EXPECT_EQ(value_of(text, R"(hone_reward_outcomes_total{function="math",outcome="error"})"), 1);
  EXPECT_EQ(value_of(text, R"(hone_reward_outcomes_total{function="math",outcome="skipped"})"), 1);
  EXPECT_EQ(value_of(text, R"(hone_reward_slow_samples_total{function="math"})"), 1);
}

TEST(RewardMetrics, EveryLineIsInThePrometheusTextFormat) {
  RewardMetrics metrics;
  metrics.function_scored("a\"b\\c\nd", 0.1, std::vector{component(Outcome::scored, 0.1)});
  metrics.call_finished("Score", "OK", 0.2);
  metrics.queue_changed(2, 3, 4096);
  const std::regex line_form(
      R"re((# (HELP|TYPE) hone_reward_[a-z_]+ .+)|(hone_reward_[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? [-+0-9.eE]+))re");
  std::istringstream lines(metrics.text());
  int samples = 0;
  for (std::string line; std::getline(lines, line); ++samples) EXPECT_TRUE(std::regex_match(line, line_form)) << line;
  EXPECT_GT(samples, 60);
  EXPECT_EQ(value_of(metrics.text(), R"(hone_reward_calls{state="running"})"), 2);
  EXPECT_EQ(value_of(metrics.text(), R"(hone_reward_calls{state="waiting"})"), 3);
  EXPECT_EQ(value_of(metrics.text(), "hone_reward_waiting_bytes"), 4096);
}

TEST(MetricsEndpoint, ServesThePageAndNothingElse) {
  RewardMetrics metrics;
  metrics.serving(true);
  MetricsEndpoint endpoint(metrics, "127.0.0.1:0");
  const std::string page = http_get(endpoint.address(), "/metrics");
  EXPECT_EQ(page.rfind("HTTP/1.1 200", 0), 0u) << page;
  EXPECT_NE(page.find("text/plain"), std::string::npos);
  EXPECT_NE(page.find("hone_reward_serving 1\n"), std::string::npos) << page;
  EXPECT_EQ(http_get(endpoint.address(), "/").rfind("HTTP/1.1 404", 0), 0u);
  EXPECT_EQ(http_get(endpoint.address(), "/../../etc/passwd").find("root:"), std::string::npos);
}

TEST(MetricsEndpoint, AddressesAreChecked) {
  RewardMetrics metrics;
  MetricsEndpoint first(metrics, "127.0.0.1:0");
  std::string text;
  EXPECT_EQ(error_of([&] { MetricsEndpoint second(metrics, first.address()); }, &text), ErrorCode::invalid_argument);
  EXPECT_NE(text.find(first.address()), std::string::npos) << text;
  for (const char* bad : {"", "9090", "127.0.0.1:", "127.0.0.1:99999", "no such host:1", "127.0.0.1:80,x"})
    EXPECT_EQ(error_of([&] { MetricsEndpoint endpoint(metrics, bad); }), ErrorCode::invalid_argument) << bad;
}

TEST(RewardMetrics, ServerCountsCallsOutcomesAndSlowSamples) {
  RewardMonitor monitor({.threshold_s = 1e-9, .lines_a_minute = 0});
  const Json config = Json::parse(R"([{"name": "numeric"}, {"name": "exact_match", "weight": 0.5}])");
  const auto local = make_local_rewarder(config, "test", &monitor);
  RewardServer server(*local, {.metrics_address = "127.0.0.1:0", .monitor = &monitor});
  const auto remote = make_remote_rewarder({server.address()}, fast_settings());
  Group group = group_of("12", {completion_of("The answer is 12"), completion_of("13"), completion_of("12")});
  for (int i = 0; i < 2; ++i) remote->score(group);
  const std::string page = http_get(server.metrics_address(), "/metrics");
  EXPECT_EQ(value_of(page, R"(hone_reward_calls_total{code="OK",method="Score"})"), 2) << page;
  EXPECT_EQ(value_of(page, R"(hone_reward_calls_total{code="OK",method="ListRewards"})"), 1);
  EXPECT_EQ(value_of(page, R"(hone_reward_outcomes_total{function="numeric",outcome="scored"})"), 6);
  EXPECT_EQ(value_of(page, R"(hone_reward_outcomes_total{function="numeric",outcome="error"})"), 0);
  EXPECT_EQ(value_of(page, R"(hone_reward_sample_seconds_count{function="exact_match"})"), 6);
  EXPECT_EQ(value_of(page, R"(hone_reward_slow_samples_total{function="numeric"})"), 6);
  EXPECT_EQ(value_of(page, "hone_reward_queue_seconds_count"), 2);
  EXPECT_EQ(value_of(page, "hone_reward_serving"), 1);
}

}  // namespace
}  // namespace hone
