#include "rl/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "proto/base/json.h"
#include "rl/group_rewards.h"

namespace hone {
namespace {

Completion completion(std::size_t tokens, FinishReason finish, double score, Outcome outcome = Outcome::scored) {
  Completion c;
  c.token_ids.assign(tokens, 1);
  c.finish_reason = finish;
  c.reward.score = score;
  c.reward.outcome = outcome;
  c.reward.components = {{"rule", score, outcome, ""}};
  return c;
}

TEST(Metrics, LineKeepsOrderAndWritesNanAsNull) {
  Metrics m;
  m.set_integer("step", 3);
  m.set("z", 0.1);
  m.set("a", std::numeric_limits<double>::quiet_NaN());
  m.set_text("note", "x");
  EXPECT_EQ(m.to_json_line(), R"({"step":3,"z":0.1,"a":null,"note":"x"})");
  EXPECT_EQ(m.get("z"), 0.1);
  EXPECT_TRUE(std::isnan(m.get("absent")));
}

TEST(Metrics, LengthsAndRatios) {
  std::vector<Group> groups(1);
  groups[0].completions = {completion(2, FinishReason::stop_token, 1), completion(6, FinishReason::length, 0),
                           completion(4, FinishReason::stop_string, 0, Outcome::error)};
  Metrics m;
  add_completion_metrics(groups, m);
  EXPECT_DOUBLE_EQ(m.get("completions/mean_length"), 4.0);
  EXPECT_DOUBLE_EQ(m.get("completions/max_length"), 6.0);
  EXPECT_DOUBLE_EQ(m.get("completions/clipped_ratio"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(m.get("completions/mean_terminated_length"), 3.0);
  EXPECT_DOUBLE_EQ(m.get("rewards/error_ratio"), 1.0 / 3);
}

TEST(Metrics, AFailedVerifierLeavesTheBaselineAndIsNeverAZero) {
  std::vector<Group> groups(1);
  groups[0].completions = {completion(1, FinishReason::stop_token, 1), completion(1, FinishReason::stop_token, 0),
                           completion(1, FinishReason::stop_token, 0, Outcome::error)};
  GrpoSection config;
  config.num_generations = 3;
  Metrics m;
  set_advantages(groups, {{"rule", 1.0}}, config);
  add_reward_metrics(groups, {{"rule", 1.0}}, config, m);
  EXPECT_DOUBLE_EQ(m.get("reward"), 0.5);
  const double deviation = std::sqrt(0.5);
  EXPECT_NEAR(groups[0].advantages[0], 0.5 / (deviation + 1e-4), 1e-12);
  EXPECT_NEAR(groups[0].advantages[1], -0.5 / (deviation + 1e-4), 1e-12);
  EXPECT_EQ(groups[0].advantages[2], 0.0);
}

}  // namespace
}  // namespace hone
