#include "rewards/plugin/plugin_protocol.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "tests/rewards/test_group.h"

namespace hone {
namespace {

TEST(PluginProtocol, FieldsCarryAnyBytes) {
  const std::string all = [] {
    std::string bytes;
    for (int c = 0; c < 256; ++c) bytes += static_cast<char>(c);
    return bytes + "\\t\\n\\\\ \t\n\\";
  }();
  const std::vector<std::string> fields{"", all, "plain", "", "\\"};
  const std::string line = join_fields(fields);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(split_fields(line), fields);
  EXPECT_EQ(split_fields(""), std::vector<std::string>{""});
}

Group full_group() {
  Group group = group_of("ref\terence",
                         {completion_of("a\nb", FinishReason::length), completion_of("", FinishReason::stop_string)});
  group.problem.id = "17";
  group.problem.task = "sums";
  group.problem.prompt = "3 + 4 =\n";
  group.problem.metadata_json = R"({"a": "b\\n"})";
  group.completions[0].token_ids = {0, 1, -1, INT32_MAX, INT32_MIN};
  return group;
}

TEST(PluginProtocol, RequestsComeBackEqual) {
  const Group group = full_group();
  const auto read = read_score_request(write_score_request(UINT64_MAX, group));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->number, UINT64_MAX);
  EXPECT_EQ(read->group.problem.id, group.problem.id);
  EXPECT_EQ(read->group.problem.task, group.problem.task);
  EXPECT_EQ(read->group.problem.prompt, group.problem.prompt);
  EXPECT_EQ(read->group.problem.reference, group.problem.reference);
  EXPECT_EQ(read->group.problem.metadata_json, group.problem.metadata_json);
  ASSERT_EQ(read->group.completions.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read->group.completions[i].text, group.completions[i].text);
    EXPECT_EQ(read->group.completions[i].finish_reason, group.completions[i].finish_reason);
    EXPECT_EQ(read->group.completions[i].token_ids, group.completions[i].token_ids);
  }
}

TEST(PluginProtocol, RepliesComeBackBitForBit) {
  const std::vector<RewardComponent> components{
      {"", 0.1 + 0.2, Outcome::scored, "why\tnot"},
      {"", -0.0, Outcome::skipped, ""},
      {"", std::numeric_limits<double>::denorm_min(), Outcome::error, "x\ny"}};
  const auto read = read_score_reply(write_score_reply(9, components), 9, 3);
  ASSERT_TRUE(read);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(std::memcmp(&(*read)[i].score, &components[i].score, sizeof(double)), 0);
    EXPECT_EQ((*read)[i].outcome, components[i].outcome);
    EXPECT_EQ((*read)[i].detail, components[i].detail);
  }
  EXPECT_FALSE(read_score_reply(write_score_reply(9, components), 8, 3)) << "another request's answer";
  EXPECT_FALSE(read_score_reply(write_score_reply(9, components), 9, 2));
}

TEST(PluginProtocol, DamagedMessagesAreRefusedNotBelieved) {
  const std::string request = write_score_request(5, full_group());
  const std::string reply = write_score_reply(5, {{"", 1.0, Outcome::scored, "d"}, {"", 0.0, Outcome::scored, ""}});
  for (const char* line :
       {"", "score", "bad", "score\t1\t\t\t\t\t\t99999999999999999999", "score\t1\t\t\t\t\t\t1\ttext\t9\t",
        "score\t1\t\t\t\t\t\t1\ttext\t0\t123", "score\t1\t\t\t\t\t\t1\ttext\t0\tzzzzzzzz", "score\t-1\t\t\t\t\t\t0"})
    EXPECT_FALSE(read_score_request(line)) << line;
  for (const char* line : {"", "5", "5\t2", "5\t1\t0\t3ff0000000000000\t", "5\t2\t3\t3ff0000000000000\t\t0\t0\t",
                           "5\t2\t0\t1.0\t\t0\t0\t"})
    EXPECT_FALSE(read_score_reply(line, 5, 2)) << line;
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string line = i % 2 ? request : reply;
    for (int change = 0; change < 3; ++change) line[random() % line.size()] = static_cast<char>(random());
    line.resize(random() % (line.size() + 1));
    const auto read_request = read_score_request(line);
    EXPECT_TRUE(!read_request || read_request->group.completions.size() <= line.size());
    const auto read_reply = read_score_reply(line, 5, 2);
    EXPECT_TRUE(!read_reply || read_reply->size() == 2u);
  }
}

}  // namespace
}  // namespace hone
