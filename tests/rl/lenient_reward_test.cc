#include "rl/lenient_reward.h"

#include <gtest/gtest.h>

#include "proto/base/json.h"
#include "rl/evaluator.h"
#include "tests/rl/expect_error.h"
#include "tests/rl/fake_rollout.h"

namespace hone {
namespace {

std::string derived(const std::string& functions) {
  const auto form = lenient_function(parse_json(functions, "test"));
  return form ? form->dump() : "none";
}

TEST(LenientReward, FollowsTheFirstRuleThatJudgesAnswers) {
  EXPECT_EQ(derived(R"([{"name":"format","weight":0.2},{"name":"math","extraction":"boxed","units":"ignore","weight":2}])"),
            R"({"extraction":"lenient","name":"math","units":"ignore"})");
  EXPECT_EQ(derived(R"([{"name":"integer_answer"}])"), R"({"extraction":"lenient","name":"numeric"})");
  EXPECT_EQ(derived(R"([{"name":"code"},{"name":"format"}])"), "none");
  EXPECT_EQ(make_lenient_reward("auto", "").rewarder, nullptr);
  EXPECT_EQ(make_lenient_reward("none", R"([{"name":"math"}])").rewarder, nullptr);
  EXPECT_EQ(make_lenient_reward("multiple_choice", "").name, "multiple_choice");
  EXPECT_HONE_ERROR(make_lenient_reward("maths", ""), ErrorCode::invalid_argument, "did you mean math?");
}

/// The same completions: strict as the run scores them, lenient wherever the number stands.
TEST(LenientReward, EvaluationShowsBoth) {
  std::vector<Group> groups(4);
  const char* texts[] = {"7", "so it is 7", "the answer is 8", "seven"};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i].problem.id = std::to_string(i);
    groups[i].problem.reference = "7";
    groups[i].completions.resize(1);
    groups[i].completions[0].text = texts[i];
    groups[i].completions[0].finish_reason = FinishReason::stop_token;
  }
  const auto strict = make_local_rewarder(parse_json(R"([{"name":"integer_answer"}])", ""), "");
  for (Group& group : groups) strict->score(group);
  const LenientReward lenient = make_lenient_reward("auto", R"([{"name":"integer_answer"}])");
  EvalOptions options;
  options.lenient = lenient.rewarder.get();
  const EvalResult result = evaluation_of(groups, options);
  EXPECT_DOUBLE_EQ(result.summary.accuracy, 0.25);
  ASSERT_TRUE(result.summary.lenient);
  EXPECT_DOUBLE_EQ(result.summary.lenient->accuracy, 0.5);
  const Interval wilson = wilson_interval(2, 4, 0.95);
  EXPECT_DOUBLE_EQ(result.summary.lenient->low, wilson.low);
  EXPECT_DOUBLE_EQ(result.summary.lenient->high, wilson.high);
  EXPECT_EQ(result.records[1].accuracy, 0.0);
  EXPECT_EQ(result.records[1].lenient_accuracy, 1.0);
  EXPECT_TRUE(result.records[0].samples[0].right);
  EXPECT_FALSE(result.records[1].samples[0].right) << "votes and best-of-k stay with the run's reward";
}

}  // namespace
}  // namespace hone
