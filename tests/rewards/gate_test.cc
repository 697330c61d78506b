#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/base/error.h"
#include "rewards/reward_watch.h"
#include "rewards/rewarder.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

std::unique_ptr<Rewarder> rewarder(const std::string& config) { return make_local_rewarder(Json::parse(config), "/f"); }

std::string error_of(const std::string& config) {
  try {
    rewarder(config);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

/// Outcome of the second function for a right text, a wrong one, and one whose judge fails.
std::vector<RewardComponent> gated(const std::string& gate) {
  const auto scorer = rewarder(R"x([{"name": "regex", "label": "judge", "pattern": "right|(a|aa)+[bc]"},
                                   {"name": "word_count", "min": 1, )x" +
                               gate + "}]");
  Group group = group_of("", {completion_of("right"), completion_of("wrong"), completion_of(std::string(60, 'a'))});
  scorer->score(group);
  std::vector<RewardComponent> components;
  for (const Completion& c : group.completions) components.push_back(c.reward.components[1]);
  return components;
}

TEST(Gate, OpensByTheVerdictOfAnEarlierFunction) {
  for (const char* gate : {R"("only_if": "judge")", R"("only_if": {"name": "judge"})",
                           R"("only_if": {"name": "judge", "at_least": 0.5})"}) {
    const auto components = gated(gate);
    EXPECT_EQ(components[0].outcome, Outcome::scored) << gate;
    EXPECT_EQ(components[0].score, 1.0);
    EXPECT_EQ(components[1].outcome, Outcome::skipped) << gate;
    EXPECT_EQ(components[1].score, 0.0);
    EXPECT_EQ(components[1].detail, "only where judge reaches its mark");
    EXPECT_EQ(components[2].outcome, Outcome::skipped) << "no verdict, no reward";
    EXPECT_EQ(components[2].detail, "judge gave no score");
  }
  const auto inverted = gated(R"("only_if_not": "judge")");
  EXPECT_EQ(inverted[0].outcome, Outcome::skipped);
  EXPECT_EQ(inverted[1].outcome, Outcome::scored);
  EXPECT_EQ(inverted[2].outcome, Outcome::skipped);
  EXPECT_EQ(gated(R"("only_if": {"name": "judge", "at_least": 1.5})")[0].outcome, Outcome::skipped);
}

TEST(Gate, AClosedGateAddsNothingToTheSum) {
  const auto scorer = rewarder(
      R"([{"name": "exact_match"}, {"name": "word_count", "min": 1, "weight": 0.5, "only_if": "exact_match"}])");
  Group group = group_of("x", {completion_of("x"), completion_of("y")});
  scorer->score(group);
  EXPECT_EQ(group.completions[0].reward.score, 1.5);
  EXPECT_EQ(group.completions[1].reward.score, 0.0);
  EXPECT_EQ(group.completions[1].reward.outcome, Outcome::scored);
}

TEST(Gate, Mistakes) {
  EXPECT_EQ(error_of(R"([{"name": "exact_match", "only_if": "numeric"}])"),
            "/f/0/only_if: there is no function 'numeric' earlier in the list; the function that judges stands first");
  EXPECT_EQ(error_of(R"([{"name": "exact_match"}, {"name": "numeric", "only_if": "exact_macth"}])"),
            "/f/1/only_if: there is no function 'exact_macth' earlier in the list; did you mean exact_match?");
  EXPECT_NE(
      error_of(R"([{"name": "exact_match"}, {"name": "numeric", "only_if": {"name": "exact_match", "atleast": 1}}])")
          .find("/f/1/only_if/atleast: unknown key; did you mean at_least?"),
      std::string::npos);
  EXPECT_NE(error_of(R"([{"name": "exact_match"}, {"name": "numeric", "only_if": 3}])").find("found an integer"),
            std::string::npos);
  EXPECT_NE(
      error_of(
          R"([{"name": "exact_match"}, {"name": "numeric", "only_if": "exact_match", "only_if_not": "exact_match"}])")
          .find("one of only_if and only_if_not"),
      std::string::npos);
  EXPECT_NE(error_of(R"([{"name": "exact_match"}, {"name": "numeric", "only_fi": "exact_match"}])")
                .find("did you mean only_if?"),
            std::string::npos);
  EXPECT_NE(error_of(R"([{"name": "cosine_length", "correct_by": "math", "max_length": 5}])")
                .find("/f/0/correct_by: there is no function 'math'"),
            std::string::npos);
  EXPECT_NE(error_of(R"([{"name": "numeric", "label": "a"}, {"name": "numeric", "label": "a"}])")
                .find("/f/1/label: 'a' is the name"),
            std::string::npos);
}

/// Groups of one step: for each pair, a group with completions of components {a, b}.
Group scored_group(std::vector<std::vector<double>> scores) {
  Group group;
  for (const auto& row : scores) {
    Completion completion = completion_of("text");
    for (double score : row) completion.reward.components.push_back({"", score, Outcome::scored, ""});
    group.completions.push_back(std::move(completion));
  }
  return group;
}

TEST(RewardWatch, WarnsOnceOfADominatingFunction) {
  std::vector<std::string> warnings;
  RewardWatch watch({{"math", 1.0}, {"length", 10.0}}, [&](const std::string& text) { warnings.push_back(text); });
  const std::vector<Group> groups{scored_group({{1, 0.5}, {0, -0.5}, {0, 0.9}, {1, 0.1}})};
  for (int step = 0; step < 3 * kWatchSteps; ++step) watch.observe(groups);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].find("reward function length makes "), 0u) << warnings[0];
}

TEST(RewardWatch, VarianceBetweenGroupsDoesNotCount) {
  std::vector<std::string> warnings;
  RewardWatch watch({{"math", 1.0}, {"level", 1.0}}, [&](const std::string& text) { warnings.push_back(text); });
  const std::vector<Group> groups{scored_group({{1, 50}, {0, 51}, {0, 50}}),
                                  scored_group({{1, -50}, {0, -51}, {1, -50}})};
  for (int step = 0; step < 2 * kWatchSteps; ++step) watch.observe(groups);
  EXPECT_TRUE(warnings.empty()) << warnings[0];
}

TEST(RewardWatch, WarnsOnceOfErrorsWithAnExample) {
  std::vector<std::string> warnings;
  RewardWatch watch({{"math", 1.0}, {"plugin", 1.0}}, [&](const std::string& text) { warnings.push_back(text); });
  Group group = scored_group({{1, 0}, {0, 1}, {1, 1}, {0, 0}});
  watch.observe(std::vector<Group>{group});
  EXPECT_TRUE(warnings.empty());
  group.completions[2].reward.components[1] = {"", 0.0, Outcome::error, "it crashed"};
  group.completions[2].reward.outcome = Outcome::error;
  group.completions[2].text = "the text";
  for (int step = 0; step < 3 * kWatchSteps; ++step) watch.observe(std::vector<Group>{group});
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0],
            "reward function plugin failed on 1 of 4 completions of this step, which leave the baseline. The first: it "
            "crashed; completion "
            "'the text'");
  EXPECT_EQ(warnings[1], "reward function plugin failed on 24 % of all completions over the last 20 steps");
}

TEST(RewardWatch, OneFunctionCannotDominate) {
  std::vector<std::string> warnings;
  RewardWatch watch({{"math", 1.0}}, [&](const std::string& text) { warnings.push_back(text); });
  for (int step = 0; step < 2 * kWatchSteps; ++step) watch.observe(std::vector<Group>{scored_group({{1}, {0}})});
  EXPECT_TRUE(warnings.empty());
}

}  // namespace
}  // namespace hone
