#include "rl/run_monitor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "proto/base/file.h"
#include "proto/base/log.h"
#include "tests/proto/temporary_folder.h"

namespace hone {
namespace {

const std::map<std::string, double> kHealthy = {{"groups/no_spread_ratio", 0.2},
                                                {"completions/mean_length", 40},
                                                {"completions/clipped_ratio", 0.3},
                                                {"rewards/error_ratio", 0.0},
                                                {"entropy", 1.5},
                                                {"sampling/sampling_logp_difference/mean", 1e-5},
                                                {"learner/mean_abs_log_ratio", 0.01},
                                                {"learner/trained_tokens", 100}};

constexpr MonitoredRun kRun{.updates = 2, .max_length = 64};

/// Runs one step with some values changed; returns its metrics.
Metrics step(RunMonitor& monitor, const std::map<std::string, double>& changes = {}) {
  auto values = kHealthy;
  for (const auto& [name, value] : changes) values[name] = value;
  Metrics metrics;
  for (const auto& [name, value] : values) metrics.set(name, value);
  monitor.check(metrics);
  return metrics;
}

double warnings(const Metrics& m) {
  double sum = 0.0;
  for (const char* name : {"no_reward_spread", "all_truncated", "reward_errors", "off_policy", "large_updates",
                           "length_collapse", "entropy_collapse"})
    sum += m.get(std::string("warnings/") + name);
  return sum;
}

TEST(RunMonitor, AHealthyRunHasNoWarnings) {
  RunMonitor monitor({}, kRun);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(warnings(step(monitor)), 0.0);
}

TEST(RunMonitor, EachConditionHasItsMetric) {
  const std::pair<const char*, std::map<std::string, double>> cases[] = {
      {"all_truncated", {{"completions/clipped_ratio", 0.95}}},
      {"reward_errors", {{"rewards/error_ratio", 0.11}}},
      {"off_policy", {{"sampling/sampling_logp_difference/mean", 0.2}}},
      {"large_updates", {{"learner/mean_abs_log_ratio", 0.2}}},
      {"length_collapse", {{"completions/mean_length", 3.9}}},
      {"entropy_collapse", {{"entropy", 0.04}}}};
  for (const auto& [name, changes] : cases) {
    RunMonitor monitor({}, kRun);
    for (int i = 0; i < 5; ++i) step(monitor);
    const Metrics m = step(monitor, changes);
    EXPECT_EQ(m.get(std::string("warnings/") + name), 1.0) << name;
    EXPECT_EQ(warnings(m), 1.0) << name;
    EXPECT_EQ(warnings(step(monitor)), 0.0) << name;
  }
}

TEST(RunMonitor, NoSpreadMustLast) {
  RunMonitor monitor({}, kRun);
  const std::map<std::string, double> none = {
      {"groups/no_spread_ratio", 1.0}, {"learner/trained_tokens", 0}, {"entropy", NAN}};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(warnings(step(monitor, none)), 0.0);
  EXPECT_EQ(step(monitor, none).get("warnings/no_reward_spread"), 1.0);
  step(monitor);
  EXPECT_EQ(warnings(step(monitor, none)), 0.0);  // counts anew
}

TEST(RunMonitor, MetricsThatAreAbsentOrNaNAreNoWarning) {
  RunMonitor monitor({}, kRun);
  Metrics metrics;
  monitor.check(metrics);
  EXPECT_EQ(warnings(metrics), 0.0);
}

TEST(RunMonitor, AConditionIsLoggedOnceAndNamesTheCause) {
  const TemporaryFolder folder;
  const std::string log = (folder.path() / "log").string();
  const auto lines = [&] {
    const std::string text = read_file(log);
    std::size_t count = 0;
    for (std::size_t at = text.find("all_truncated"); at != std::string::npos; at = text.find("all_truncated", at + 1))
      ++count;
    return count;
  };
  set_log_level(LogLevel::warning);
  set_log_file(log);
  RunMonitor monitor({}, kRun);
  for (int i = 0; i < 3; ++i) step(monitor, {{"completions/clipped_ratio", 1.0}});
  EXPECT_EQ(lines(), 1u);
  step(monitor);
  step(monitor, {{"completions/clipped_ratio", 1.0}});
  EXPECT_EQ(lines(), 1u);
  EXPECT_NE(read_file(log).find("cut off at 64 tokens"), std::string::npos);
  set_log_file("");
}

TEST(RunMonitor, TheAdviceFitsTheRun) {
  const TemporaryFolder folder;
  const auto advice = [&](bool corrects_sampler) {
    const std::string log = (folder.path() / (corrects_sampler ? "corrected" : "plain")).string();
    set_log_level(LogLevel::warning);
    set_log_file(log);
    RunMonitor monitor({}, {.updates = 1, .max_length = 64, .corrects_sampler = corrects_sampler});
    step(monitor, {{"sampling/sampling_logp_difference/mean", 0.5}});
    set_log_file("");
    return read_file(log);
  };
  EXPECT_NE(advice(false).find("set grpo.sampler_importance_sampling"), std::string::npos);
  EXPECT_EQ(advice(true).find("set grpo.sampler_importance_sampling"), std::string::npos);
  EXPECT_NE(advice(true).find("lower rollout.max_staleness"), std::string::npos);
}

TEST(RunMonitor, ARunWithoutRewardsIsWatchedForTruncationAlone) {
  RunMonitor monitor({}, kRun);
  Metrics metrics;
  metrics.set("completions/clipped_ratio", 1.0);
  metrics.set("rewards/error_ratio", 1.0);
  monitor.check_truncation(metrics);
  EXPECT_EQ(metrics.get("warnings/all_truncated"), 1.0);
  EXPECT_TRUE(std::isnan(metrics.get("warnings/reward_errors")));
}

TEST(RunMonitor, ARestoredOneGoesOnAlike) {
  RunMonitor a({}, kRun);
  for (int i = 0; i < 3; ++i) step(a, {{"groups/no_spread_ratio", 1.0}, {"completions/mean_length", 30.0 + i}});
  RunMonitor b({}, kRun);
  b.restore(a.state());
  for (int i = 0; i < 6; ++i) {
    const std::map<std::string, double> changes = {{"groups/no_spread_ratio", 1.0},
                                                   {"completions/mean_length", 20.0 - 3.5 * i}};
    EXPECT_EQ(step(a, changes).to_json_line(), step(b, changes).to_json_line()) << i;
  }
}

}  // namespace
}  // namespace hone
