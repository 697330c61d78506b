#include "rewards/rewarder.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "proto/base/error.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

std::unique_ptr<Rewarder> rewarder(const std::string& config) {
  return make_local_rewarder(parse_json(config, "test"), "/rewards/functions");
}

std::string error_of(const std::string& config) {
  try {
    rewarder(config);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
    return e.what();
  }
  return "no error";
}

TEST(LocalRewarder, WeightedSum) {
  const auto scorer = rewarder(R"([{"name": "numeric"}, {"name": "format", "weight": 0.5, "mode": "count"}])");
  Group group =
      group_of("7", {completion_of("<think>3+4</think><answer>7</answer>"), completion_of("<answer>8</answer>")});
  scorer->score(group);
  EXPECT_DOUBLE_EQ(group.completions[0].reward.score, 1.5);
  EXPECT_DOUBLE_EQ(group.completions[1].reward.score, 0.25);
  ASSERT_EQ(group.completions[1].reward.components.size(), 2u);
  EXPECT_EQ(group.completions[1].reward.components[0].name, "numeric");
  EXPECT_EQ(group.completions[1].reward.components[1].name, "format");
  EXPECT_EQ(group.completions[1].reward.outcome, Outcome::scored);
  const auto functions = scorer->functions();
  ASSERT_EQ(functions.size(), 2u);
  EXPECT_EQ(functions[0].second, 1.0);
  EXPECT_EQ(functions[1].second, 0.5);
  scorer->score(group);
  EXPECT_EQ(group.completions[0].reward.components.size(), 2u);
}

TEST(LocalRewarder, OutcomesAddUp) {
  const auto scorer = rewarder(R"x([{"name": "numeric"}, {"name": "regex", "pattern": "(a|aa)+[bc]"}])x");
  Group skipped = group_of("seven", {completion_of("x")});
  scorer->score(skipped);
  EXPECT_EQ(skipped.completions[0].reward.outcome, Outcome::scored);
  Group failing = group_of("7", {completion_of(std::string(60, 'a'))});
  scorer->score(failing);
  EXPECT_EQ(failing.completions[0].reward.outcome, Outcome::error);
  const auto numeric = rewarder(R"([{"name": "numeric"}])");
  numeric->score(skipped);
  EXPECT_EQ(skipped.completions[0].reward.outcome, Outcome::skipped);
  EXPECT_EQ(skipped.completions[0].reward.score, 0.0);
  Group empty = group_of("7", {});
  numeric->score(empty);
}

TEST(LocalRewarder, BadConfigs) {
  EXPECT_EQ(error_of("[]"),
            "/rewards/functions: expected an array with at least one {\"name\": ...}, found an empty one");
  EXPECT_NE(error_of("{}").find("found an object"), std::string::npos);
  EXPECT_EQ(error_of("[3]"), "/rewards/functions/0: expected an object with \"name\", found an integer");
  EXPECT_EQ(error_of(R"([{"weight": 1}])"), "/rewards/functions/0/name: missing; this setting is required");
  EXPECT_EQ(error_of(R"([{"name": "numeric"}, {"name": "numeric", "weigth": 2}])"),
            "/rewards/functions/1/weigth: unknown key; did you mean weight?");
  EXPECT_EQ(error_of(R"([{"name": "numeric", "weight": "1"}])"),
            "/rewards/functions/0/weight: expected a number, found a string");
  EXPECT_EQ(error_of(R"([{"name": "nummeric"}])"),
            "/rewards/functions/0/name: unknown reward function 'nummeric'; did you mean numeric?");
}

TEST(LocalRewarder, EqualNamesStayApart) {
  const auto functions =
      rewarder(R"([{"name": "regex", "pattern": "a"}, {"name": "regex", "pattern": "b"}])")->functions();
  EXPECT_EQ(functions[0].first, "regex");
  EXPECT_EQ(functions[1].first, "regex_2");
}

TEST(Combine, Outcomes) {
  Reward reward;
  reward.components = {{"a", 1.0, Outcome::scored, ""}, {"b", 9.0, Outcome::skipped, ""}};
  combine(reward, {0.5, 1.0});
  EXPECT_EQ(reward.score, 0.5);
  EXPECT_EQ(reward.outcome, Outcome::scored);
  reward.components[1].outcome = Outcome::error;
  combine(reward, {0.5, 1.0});
  EXPECT_EQ(reward.outcome, Outcome::error);
  reward.components = {{"b", 9.0, Outcome::skipped, ""}};
  combine(reward, {1.0});
  EXPECT_EQ(reward.outcome, Outcome::skipped);
  EXPECT_EQ(reward.score, 0.0);
  EXPECT_THROW(combine(reward, {1.0, 2.0}), Error);
}

TEST(LocalRewarder, ThreadsGiveTheSameScores) {
  const auto scorer = rewarder(R"x([{"name": "numeric"}, {"name": "expression"}, {"name": "format", "mode": "count"},
                                    {"name": "regex", "pattern": "\\d", "mode": "search"},
                                    {"name": "prefix_match"}])x");
  const auto make = [](int i) {
    return group_of(std::to_string(i % 7),
                    {completion_of(std::to_string(i % 5)), completion_of("3 + " + std::to_string(i)),
                     completion_of("<think>#### " + std::to_string(i))});
  };
  constexpr int kGroups = 200;
  std::vector<Group> alone;
  for (int i = 0; i < kGroups; ++i) scorer->score(alone.emplace_back(make(i)));
  std::vector<std::vector<Group>> results(4);
  std::vector<std::thread> threads;
  for (auto& groups : results)
    threads.emplace_back([&] {
      for (int i = 0; i < kGroups; ++i) scorer->score(groups.emplace_back(make(i)));
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& groups : results)
    for (int i = 0; i < kGroups; ++i)
      for (std::size_t c = 0; c < 3; ++c)
        EXPECT_EQ(groups[i].completions[c].reward.score, alone[i].completions[c].reward.score);
}

}  // namespace
}  // namespace hone
