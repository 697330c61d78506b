#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "proto/base/error.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

std::unique_ptr<RewardFunction> command(const std::string& more = "") {
  return rule("command", R"({"argv": ["python3", ")" + std::string(HONE_SOURCE_DIR) +
                             R"(/tests/rewards/command_for_test.py"])" + more + "}");
}

TEST(Command, EveryFormOfAScore) {
  const auto function = command();
  const auto components =
      function->score(group_of("", {completion_of("right"), completion_of("wrong"), completion_of("true"),
                                    completion_of("null"), completion_of("object"), completion_of("skipped"),
                                    completion_of("error"), completion_of("tab\tline\n\"quoted\" \xC3\xA9")}));
  ASSERT_EQ(components.size(), 8u);
  EXPECT_EQ(components[0].score, 1.0);
  EXPECT_EQ(components[1].score, 0.0);
  EXPECT_EQ(components[1].outcome, Outcome::scored);
  EXPECT_EQ(components[2].score, 1.0);
  EXPECT_EQ(components[3].outcome, Outcome::skipped);
  EXPECT_EQ(components[4].score, 0.25);
  EXPECT_EQ(components[4].detail, "a quarter");
  EXPECT_EQ(components[5].detail, "not mine");
  EXPECT_EQ(components[6].outcome, Outcome::error);
  EXPECT_EQ(components[6].detail, "broken");
  EXPECT_EQ(components[7].detail, "echo tab?line?\"quoted\" \xC3\xA9");
}

TEST(Command, SeesTheProblemAndTheBatch) {
  const auto function = command();
  Group group = group_of("ref", {completion_of("problem"), completion_of("size"), completion_of("tokens"),
                                 completion_of("finish", FinishReason::length), completion_of("\xFF")});
  group.problem.id = "p1";
  group.problem.task = "t";
  group.problem.prompt = "q";
  group.problem.metadata_json = R"({"level": 3})";
  group.completions[2].token_ids = {1, 2, 3};
  const auto components = function->score(group);
  EXPECT_EQ(components[0].detail, "p1|t|q|ref|{\"level\": 3}");
  EXPECT_EQ(components[1].score, 5.0);
  EXPECT_EQ(components[2].score, 3.0);
  EXPECT_EQ(components[3].detail, "length");
  EXPECT_EQ(components[4].detail, "echo \xEF\xBF\xBD") << "an invalid byte becomes U+FFFD";
  EXPECT_TRUE(function->score(group_of("", {})).empty());
}

TEST(Command, WhatIsNotAnAnswerIsAnErrorAndTheNextBatchIsFine) {
  const auto function = command(R"(, "timeout_s": 20, "processes": 1)");
  for (const char* bad : {"crash", "garbage", "wrong id", "text", "nan", "empty", "missing"}) {
    for (const RewardComponent& c : function->score(group_of("", {completion_of("right"), completion_of(bad)})))
      EXPECT_EQ(c.outcome, Outcome::error) << bad;
    EXPECT_EQ(score_one(*function, "", "right").score, 1.0) << "after " << bad;
  }
  for (const RewardComponent& c : function->score(group_of("", {completion_of("right"), completion_of("batch error")})))
    EXPECT_EQ(c.detail, "the whole batch");
}

TEST(Command, NothingIsAskedForACallerWhoIsGone) {
  std::stop_source gone;
  gone.request_stop();
  try {
    command()->score_until(group_of("", {completion_of("right")}), gone.get_token());
    FAIL() << "scored";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::cancelled) << e.what();
  }
}

TEST(Command, AHangIsCutShort) {
  const auto function = command(R"(, "timeout_s": 0.1)");
  EXPECT_EQ(score_one(*function, "", "right").score, 1.0);
  const RewardComponent hung = score_one(*function, "", "hang");
  EXPECT_EQ(hung.outcome, Outcome::error);
  EXPECT_NE(hung.detail.find("gave no answer in time"), std::string::npos);
}

TEST(Command, OneAtATimeLosesOne) {
  const auto components =
      command(R"(, "one_at_a_time": true)")
          ->score(group_of("", {completion_of("size"), completion_of("crash"), completion_of("size")}));
  EXPECT_EQ(components[0].score, 1.0);
  EXPECT_EQ(components[1].outcome, Outcome::error);
  EXPECT_EQ(components[2].score, 1.0);
}

TEST(Command, Settings) {
  EXPECT_NE(rule_error("command", R"({"argv": ["no-such-program-here"]})")
                .find("/argv: 'no-such-program-here' is not an executable file in PATH"),
            std::string::npos);
  EXPECT_NE(rule_error("command", R"({"argv": []})").find("/argv: empty"), std::string::npos);
  EXPECT_NE(rule_error("command", R"({"argv": "python3"})")
                .find("/argv: expected an array of at least one string, found a string"),
            std::string::npos);
  EXPECT_NE(rule_error("command", R"({"argv": ["sh", 1]})").find("found an integer"), std::string::npos);
  EXPECT_NE(rule_error("command", "{}").find("/argv: missing"), std::string::npos);
  EXPECT_NE(rule_error("command", R"({"argv": ["sh"], "timeout_s": -1})").find("/timeout_s: -1.0 is out of range"),
            std::string::npos);
}

}  // namespace
}  // namespace hone
