#include "proto/rpc/convert.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "tests/proto/error_of.h"

namespace hone {
namespace {

Completion make_completion() {
  Completion c;
  c.token_ids = {7, -1, 2};
  c.logprobs = {-0.1f, -std::numeric_limits<float>::infinity(), std::bit_cast<float>(0x7FC01234u)};
  c.versions = {16, 17, std::numeric_limits<uint64_t>::max()};
  c.text = std::string("\xff\0\xfe", 3);
  c.finish_reason = FinishReason::stop_string;
  c.reward = {0.1 + 0.2, Outcome::skipped, {{"rule", -1e-300, Outcome::error, "why\xff"}}};
  return c;
}

template <class Message, class T>
T through_the_wire(const T& value) {
  Message out, in;
  to_message(value, out);
  EXPECT_TRUE(in.ParseFromString(out.SerializeAsString()));
  return from_message(in);
}

void expect_same(const Completion& a, const Completion& b) {
  EXPECT_EQ(a.token_ids, b.token_ids);
  ASSERT_EQ(a.logprobs.size(), b.logprobs.size());
  for (std::size_t i = 0; i < a.logprobs.size(); ++i)
    EXPECT_EQ(std::bit_cast<uint32_t>(a.logprobs[i]), std::bit_cast<uint32_t>(b.logprobs[i]));
  EXPECT_EQ(a.versions, b.versions);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.finish_reason, b.finish_reason);
  EXPECT_EQ(a.reward.score, b.reward.score);
  EXPECT_EQ(a.reward.outcome, b.reward.outcome);
  ASSERT_EQ(a.reward.components.size(), b.reward.components.size());
  for (std::size_t i = 0; i < a.reward.components.size(); ++i) {
    EXPECT_EQ(a.reward.components[i].name, b.reward.components[i].name);
    EXPECT_EQ(a.reward.components[i].score, b.reward.components[i].score);
    EXPECT_EQ(a.reward.components[i].outcome, b.reward.components[i].outcome);
    EXPECT_EQ(a.reward.components[i].detail, b.reward.components[i].detail);
  }
}

TEST(Convert, GroupSurvives) {
  Group group;
  group.group_id = "17/2";
  group.step = 17;
  group.slot = std::numeric_limits<uint32_t>::max();
  group.problem = {"id", "sums", "2+2=\xff", "4", "{\"a\":1}"};
  group.prompt_token_ids = {1, 88, 21};
  group.completions = {make_completion(), Completion{}};
  group.advantages = {0.707, -0.707};
  const Group back = through_the_wire<v1::Group>(group);
  EXPECT_EQ(back.group_id, group.group_id);
  EXPECT_EQ(back.step, group.step);
  EXPECT_EQ(back.slot, group.slot);
  EXPECT_EQ(back.problem.prompt, group.problem.prompt);
  EXPECT_EQ(back.problem.reference, group.problem.reference);
  EXPECT_EQ(back.problem.metadata_json, group.problem.metadata_json);
  EXPECT_EQ(back.problem.task, group.problem.task);
  EXPECT_EQ(back.prompt_token_ids, group.prompt_token_ids);
  EXPECT_EQ(back.advantages, group.advantages);
  ASSERT_EQ(back.completions.size(), 2u);
  expect_same(back.completions[0], group.completions[0]);
  expect_same(back.completions[1], group.completions[1]);
}

TEST(Convert, RequestSurvives) {
  RolloutRequest r;
  r.group_id = "3/1";
  r.key = {std::numeric_limits<uint64_t>::max(), 3, 1};
  r.prompt_token_ids = {0, 151935};
  r.num_generations = 8;
  r.params = {.temperature = 0.7,
              .top_k = 5,
              .top_p = 0.9,
              .min_p = 0.01,
              .repetition_penalty = 1.1,
              .max_new_tokens = 9,
              .stop = {"\n\n", "\xff"},
              .stop_token_ids = {4, 5},
              .ignore_eos = true};
  const RolloutRequest back = through_the_wire<v1::RolloutRequest>(r);
  EXPECT_EQ(back.group_id, r.group_id);
  EXPECT_EQ(back.key.run_seed, r.key.run_seed);
  EXPECT_EQ(back.key.step, r.key.step);
  EXPECT_EQ(back.key.slot, r.key.slot);
  EXPECT_EQ(back.prompt_token_ids, r.prompt_token_ids);
  EXPECT_EQ(back.num_generations, r.num_generations);
  EXPECT_EQ(back.params.temperature, r.params.temperature);
  EXPECT_EQ(back.params.top_k, r.params.top_k);
  EXPECT_EQ(back.params.top_p, r.params.top_p);
  EXPECT_EQ(back.params.min_p, r.params.min_p);
  EXPECT_EQ(back.params.repetition_penalty, r.params.repetition_penalty);
  EXPECT_EQ(back.params.max_new_tokens, r.params.max_new_tokens);
  EXPECT_EQ(back.params.stop, r.params.stop);
  EXPECT_EQ(back.params.stop_token_ids, r.params.stop_token_ids);
  EXPECT_EQ(back.params.ignore_eos, r.params.ignore_eos);
}

TEST(Convert, ResultSurvives) {
  const RolloutResult result{"3/1", {make_completion()}};
  const RolloutResult back = through_the_wire<v1::RolloutResult>(result);
  EXPECT_EQ(back.group_id, "3/1");
  expect_same(back.completions.at(0), result.completions[0]);
}

TEST(Convert, WrongMessagesAreDataLoss) {
  v1::Completion message;
  to_message(make_completion(), message);
  v1::Completion bad = message;
  bad.add_logprobs(0.0f);
  EXPECT_EQ(testing::error_of([&] { from_message(bad); }), ErrorCode::data_loss);
  bad = message;
  bad.mutable_versions()->RemoveLast();
  EXPECT_EQ(testing::error_of([&] { from_message(bad); }), ErrorCode::data_loss);
  bad = message;
  bad.set_finish_reason(v1::FINISH_REASON_UNSPECIFIED);
  EXPECT_EQ(testing::error_of([&] { from_message(bad); }), ErrorCode::data_loss);
  bad = message;
  bad.mutable_reward()->set_outcome(static_cast<v1::Outcome>(99));
  EXPECT_EQ(testing::error_of([&] { from_message(bad); }), ErrorCode::data_loss);
}

}  // namespace
}  // namespace hone
