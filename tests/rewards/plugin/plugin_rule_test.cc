#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "proto/base/error.h"
#include "rewards/rewarder.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

std::string library(const std::string& name) { return std::string(HONE_BINARY_DIR) + "/tests/" + name + ".so"; }

std::unique_ptr<RewardFunction> plugin(const std::string& name, const std::string& more = "") {
  return rule("plugin", R"({"library": ")" + library(name) + R"(", "processes": 2)" + more + "}");
}

std::string error_of(const std::string& name, const std::string& more = "") {
  try {
    plugin(name, more);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
    return e.what();
  }
  return "no error";
}

class PluginRule : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<RewardFunction> load(const std::string& name) { return plugin(name, GetParam()); }
};

TEST_P(PluginRule, ScoresAreTheSameHereAndThere) {
  const auto function = load("plugin_for_test");
  const RewardComponent echo = score_one(*function, "", "some text");
  EXPECT_EQ(echo.outcome, Outcome::scored);
  EXPECT_EQ(echo.score, 0.1 + 0.2);
  EXPECT_EQ(echo.detail, "echo some text");
  EXPECT_EQ(score_one(*function, "", "skip").outcome, Outcome::skipped);
  EXPECT_EQ(score_one(*function, "", "skip").detail, "not mine");
  EXPECT_EQ(score_one(*function, "", "finish", FinishReason::length).score, 2.0);
  EXPECT_EQ(score_one(*function, "", "print").score, 0.5);
  EXPECT_EQ(score_one(*function, "", "long detail").detail.size(), 512u);
  Group group = group_of("7", {completion_of("problem"), completion_of("tokens")});
  group.problem.id = "id";
  group.problem.task = "task";
  group.problem.prompt = "line\nline\t";
  group.problem.metadata_json = "{}";
  group.completions[1].token_ids = {5, -9};
  const auto components = function->score(group);
  EXPECT_EQ(components[0].detail, "id|task|line?line?|7|{}");
  EXPECT_EQ(components[1].score, -9.0);
  EXPECT_TRUE(function->score(group_of("", {})).empty());
}

TEST_P(PluginRule, AFailureIsAnErrorOfThatCompletion) {
  const auto function = load("plugin_for_test");
  const auto components = function->score(
      group_of("", {completion_of("a"), completion_of("throw"), completion_of("throw int"), completion_of("nan"),
                    completion_of("outcome"), completion_of("error"), completion_of("b")}));
  ASSERT_EQ(components.size(), 7u);
  EXPECT_EQ(components[0].outcome, Outcome::scored);
  EXPECT_EQ(components[1].detail, "thrown on purpose");
  EXPECT_EQ(components[2].detail, "threw something that is not a std::exception");
  EXPECT_EQ(components[3].detail, "the plug-in's score is not finite");
  EXPECT_EQ(components[4].detail, "the plug-in gave the unknown outcome 77");
  EXPECT_EQ(components[5].detail, "known failure");
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(components[i].outcome, Outcome::error) << i;
  EXPECT_EQ(components[6].outcome, Outcome::scored);
}

TEST_P(PluginRule, WholeGroups) {
  const auto function = load("group_plugin_for_test");
  const auto components =
      function->score(group_of("", {completion_of("aaa"), completion_of("a"), completion_of("aa")}));
  EXPECT_DOUBLE_EQ(components[0].score, 2.0 / 3);
  EXPECT_DOUBLE_EQ(components[1].score, 0.0);
  EXPECT_DOUBLE_EQ(components[2].score, 1.0 / 3);
  for (const RewardComponent& c : function->score(group_of("", {completion_of("a"), completion_of("throw")}))) {
    EXPECT_EQ(c.outcome, Outcome::error);
    EXPECT_EQ(c.detail, "the whole group");
  }
  const auto few = function->score(group_of("", {completion_of("a"), completion_of("too few")}));
  EXPECT_EQ(few[0].outcome, Outcome::scored);
  EXPECT_EQ(few[1].detail, "no score for this completion");
}

TEST_P(PluginRule, InPlainC) {
  const auto function = load("c_plugin_for_test");
  const auto components = function->score(group_of("", {completion_of("four"), completion_of("sixsix")}));
  EXPECT_EQ(components[0].score, 4.0);
  EXPECT_EQ(components[1].score, 6.0);
  EXPECT_EQ(components[0].detail, std::string(512, 'c')) << "a claimed size beyond the room is not believed";
}

INSTANTIATE_TEST_SUITE_P(Everywhere, PluginRule, testing::Values("", R"(, "in_process": true)"),
                         [](const auto& info) { return *info.param ? "InProcess" : "Hosted"; });

TEST(HostedPlugin, ACrashCostsOneCompletionAndAHost) {
  const auto function = plugin("plugin_for_test", R"(, "processes": 1)");
  EXPECT_EQ(score_one(*function, "", "calls").score, 1.0);
  const auto components =
      function->score(group_of("", {completion_of("calls"), completion_of("crash"), completion_of("calls"),
                                    completion_of("exit"), completion_of("calls")}));
  EXPECT_EQ(components[0].score, 2.0);
  EXPECT_EQ(components[1].outcome, Outcome::error);
  EXPECT_NE(components[1].detail.find("was killed by signal 6 (Aborted)"), std::string::npos) << components[1].detail;
  EXPECT_EQ(components[2].score, 1.0) << "a new host counts anew";
  EXPECT_EQ(components[3].outcome, Outcome::error);
  EXPECT_EQ(components[4].score, 1.0);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), 0) << "the one host is there, no zombie";
}

TEST(HostedPlugin, AHangIsCutShort) {
  const auto function = plugin("plugin_for_test", R"(, "timeout_s": 2)");
  const auto components =
      function->score(group_of("", {completion_of("a"), completion_of("hang"), completion_of("b")}));
  EXPECT_EQ(components[0].outcome, Outcome::scored);
  EXPECT_EQ(components[1].outcome, Outcome::error);
  EXPECT_NE(components[1].detail.find("gave no answer in time"), std::string::npos);
  EXPECT_EQ(components[2].outcome, Outcome::scored);
}

TEST(HostedPlugin, ACrashOfAWholeGroupIsItsError) {
  const auto function = plugin("group_plugin_for_test");
  for (const RewardComponent& c : function->score(group_of("", {completion_of("a"), completion_of("crash")})))
    EXPECT_EQ(c.outcome, Outcome::error);
  EXPECT_EQ(score_one(*function, "", "a").outcome, Outcome::scored);
}

TEST(HostedPlugin, ManyThreadsWhileSomeCrash) {
  const auto function = plugin("plugin_for_test");
  std::vector<std::thread> threads;
  std::vector<int> right(6, 0);
  for (std::size_t t = 0; t < right.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 30; ++i) {
        const bool crash = t == 0 && i % 10 == 5;
        const std::string text = crash ? "crash" : std::to_string(t) + "/" + std::to_string(i);
        const RewardComponent c = score_one(*function, "", text);
        right[t] += crash ? c.outcome == Outcome::error : c.detail == "echo " + text;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(6, 30));
}

TEST(HostedPlugin, WorksAsOneFunctionAmongOthers) {
  const auto rewarder = make_local_rewarder(
      Json::parse(R"([{"name": "exact_match"}, {"name": "plugin", "label": "brevity", "weight": 2, "library": ")" +
                  library("plugin_for_test") + R"("}])"),
      "/rewards/functions");
  EXPECT_EQ(rewarder->functions()[1].first, "brevity");
  Group group = group_of("x", {completion_of("x"), completion_of("crash")});
  rewarder->score(group);
  EXPECT_DOUBLE_EQ(group.completions[0].reward.score, 1.6);
  EXPECT_EQ(group.completions[1].reward.outcome, Outcome::error);
}

TEST(PluginSettings, AreHandedOver) {
  const auto function = plugin("plugin_for_test", R"(, "settings": {"b": [1, 2], "a": "x"})");
  EXPECT_EQ(score_one(*function, "", "settings").detail, R"({"a":"x","b":[1,2]})");
  EXPECT_EQ(score_one(*plugin("plugin_for_test"), "", "settings").detail, "{}");
}

TEST(PluginLibraries, ThatCannotServeAreRefusedAtTheStart) {
  for (const std::string in : {"", R"(, "in_process": true)"}) {
    EXPECT_NE(error_of("absent", in).find("/rewards/functions/0/library: "), std::string::npos);
    EXPECT_NE(error_of("absent", in).find("there is no such plug-in library"), std::string::npos);
    EXPECT_NE(error_of("broken_abi", in).find("was built for interface version 2, this program has version 1"),
              std::string::npos);
    EXPECT_NE(error_of("broken_size", in).find("its table has 16 bytes, at least 56 are needed"), std::string::npos);
    EXPECT_NE(error_of("broken_entry", in).find("it has no symbol hone_reward_plugin_entry_1"), std::string::npos);
    EXPECT_NE(error_of("broken_null", in).find("its entry gives no table"), std::string::npos);
    EXPECT_NE(error_of("broken_table", in).find("lacks a name, a version or a function"), std::string::npos);
    EXPECT_NE(error_of("plugin_for_test", R"(, "settings": {"refuse": 1})" + in)
                  .find("obedient 1.2.3 refuses its settings: no such mode"),
              std::string::npos);
  }
  EXPECT_NE(error_of("plugin_for_test", R"(, "settings": {"crash": 1})").find("was killed by signal 6"),
            std::string::npos);
  EXPECT_NE(error_of("plugin_for_test", R"(, "settings": [])").find("/settings: expected an object"),
            std::string::npos);
  EXPECT_NE(error_of("plugin_for_test", R"(, "timeout_s": 0)").find("/timeout_s: 0.0 is out of range"),
            std::string::npos);
  const std::string text = "cannot be loaded";
  EXPECT_NE(rule_error("plugin", R"({"library": "/etc/passwd"})").find(text), std::string::npos);
}

}  // namespace
}  // namespace hone
