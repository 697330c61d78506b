#include "rl/completion_record.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "proto/base/json.h"
#include "proto/base/random.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

const RewardFunctions kFunctions = {{"rule", 1.0}, {"format", 0.5}};

Group random_group(uint64_t step, uint64_t slot, bool kept) {
  PhiloxStream random(step * 100 + slot);
  Group g;
  g.step = static_cast<uint32_t>(step);
  g.slot = static_cast<uint32_t>(slot);
  g.group_id = std::to_string(step) + "/" + std::to_string(slot);
  g.problem = {"p" + std::to_string(slot), "", "say \"x\"\n", "7", ""};
  g.prompt_token_ids = {1, 2, static_cast<int32_t>(slot)};
  for (int s = 0; s < 2; ++s) {
    Completion c;
    for (uint64_t i = 0; i < 1 + random.next_below(4); ++i) {
      c.token_ids.push_back(static_cast<int32_t>(random.next_below(50000)));
      c.logprobs.push_back(static_cast<float>(-9.0 * random.next_uniform() * random.next_uniform()));
    }
    c.versions.assign(c.token_ids.size(), 3);
    c.text = "text\xc3\xa4\n";
    c.finish_reason = s == 0 ? FinishReason::stop_token : FinishReason::length;
    c.reward.components = {{"rule", random.next_uniform(), Outcome::scored, "why"},
                           {"format", 0.0, Outcome::skipped, ""}};
    c.reward.score = c.reward.components[0].score;
    g.completions.push_back(std::move(c));
  }
  if (kept) g.advantages = {0.1 + 0.2, -1.0};
  return g;
}

std::string lines_of(const Group& g, int64_t step, bool token_ids = true) {
  std::string out;
  for (std::size_t i = 0; i < g.completions.size(); ++i) out += completion_record(g, i, step, token_ids) + "\n";
  return out;
}

void expect_equal(const Group& a, const Group& b) {
  EXPECT_EQ(a.group_id, b.group_id);
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.slot, b.slot);
  EXPECT_EQ(a.problem.prompt, b.problem.prompt);
  EXPECT_EQ(a.prompt_token_ids, b.prompt_token_ids);
  ASSERT_EQ(a.completions.size(), b.completions.size());
  for (std::size_t i = 0; i < a.completions.size(); ++i) {
    const Completion &x = a.completions[i], &y = b.completions[i];
    EXPECT_EQ(x.token_ids, y.token_ids);
    ASSERT_EQ(x.logprobs.size(), y.logprobs.size());
    EXPECT_EQ(std::memcmp(x.logprobs.data(), y.logprobs.data(), 4 * x.logprobs.size()), 0) << "other bits";
    EXPECT_EQ(x.versions, y.versions);
    EXPECT_EQ(x.text, y.text);
    EXPECT_EQ(x.finish_reason, y.finish_reason);
    for (std::size_t k = 0; k < 2; ++k) {
      EXPECT_EQ(x.reward.components[k].name, y.reward.components[k].name);
      EXPECT_EQ(x.reward.components[k].score, y.reward.components[k].score);
      EXPECT_EQ(x.reward.components[k].outcome, y.reward.components[k].outcome);
    }
  }
}

TEST(CompletionRecord, ComesBackBitForBitStepByStep) {
  const TemporaryFolder folder;
  std::string text;
  for (int64_t step = 1; step <= 3; ++step)
    for (uint64_t slot = 0; slot < 4; ++slot)
      text += lines_of(random_group(static_cast<uint64_t>(step - 1), slot, slot < 3), step);
  CompletionReader reader(folder.write("c.jsonl", text), kFunctions, 2);
  for (int64_t step = 1; step <= 3; ++step) {
    const auto recorded = reader.next();
    ASSERT_TRUE(recorded.has_value());
    EXPECT_EQ(recorded->step, step);
    EXPECT_EQ(recorded->kept, 3u);
    ASSERT_EQ(recorded->groups.size(), 4u);
    for (uint64_t slot = 0; slot < 4; ++slot)
      expect_equal(recorded->groups[slot], random_group(static_cast<uint64_t>(step - 1), slot, true));
  }
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_FALSE(reader.next().has_value());
}

TEST(CompletionRecord, TokensOfSeveralPoliciesKeepTheirVersions) {
  const TemporaryFolder folder;
  Group g = random_group(0, 0, true);
  Completion& c = g.completions[1];
  c.token_ids = {4, 5, 6};
  c.logprobs = {-1.0f, -2.0f, -3.0f};
  c.versions = {3, 3, 5};
  CompletionReader reader(folder.write("c.jsonl", lines_of(g, 1)), kFunctions, 2);
  const auto step = reader.next();
  ASSERT_TRUE(step.has_value());
  expect_equal(step->groups[0], g);
  EXPECT_EQ(completion_record(g, 0, 1, true).find("versions"), std::string::npos) << "one version is enough there";
}

TEST(CompletionRecord, NineDigitsNameEveryFloat) {
  const TemporaryFolder folder;
  PhiloxStream random(1);
  Group g = random_group(0, 0, true);
  Completion& c = g.completions[0];
  c.logprobs = {0.0f, -0.0f, -1e-45f, -3.4e38f, -std::nextafter(1.0f, 2.0f)};
  while (c.logprobs.size() < 20000) {
    float value = 0.0f;
    const uint32_t bits = random.next_u32();
    std::memcpy(&value, &bits, 4);
    if (std::isfinite(value)) c.logprobs.push_back(value);
  }
  c.token_ids.assign(c.logprobs.size(), 1);
  c.versions.assign(c.logprobs.size(), 3);
  CompletionReader reader(folder.write("c.jsonl", lines_of(g, 1)), kFunctions, 2);
  const auto step = reader.next();
  ASSERT_TRUE(step.has_value());
  expect_equal(step->groups[0], g);
}

TEST(CompletionRecord, ErrorsNameLineAndReason) {
  const TemporaryFolder folder;
  const Group g = random_group(0, 0, true);
  const auto code = ErrorCode::invalid_argument;
  const auto read = [&](const std::string& text, const RewardFunctions& functions = kFunctions, int64_t n = 2) {
    CompletionReader reader(folder.write("c.jsonl", text), functions, n);
    while (reader.next()) {
    }
  };
  EXPECT_HONE_ERROR(read(lines_of(g, 1, false)), code, "c.jsonl:1: the record has no token_ids");
  EXPECT_HONE_ERROR(read(lines_of(g, 1) + "{\"step\":2"), code, "c.jsonl:3: not a record");
  EXPECT_HONE_ERROR(read("{}\n"), code, "c.jsonl:1: not a record");
  EXPECT_HONE_ERROR(read("[1]\n"), code, "c.jsonl:1: not a record");
  EXPECT_HONE_ERROR(read(lines_of(g, 1), {{"rule", 1.0}}), code, "2 rewards; the config has 1 reward functions");
  EXPECT_HONE_ERROR(read(lines_of(g, 1), {{"rule", 1.0}, {"other", 1.0}}), code,
                    "no reward of the config's function 'other'");
  EXPECT_HONE_ERROR(read(lines_of(g, 1), kFunctions, 4), code,
                    "group 0/0 has 2 completions; /grpo/num_generations is 4");
  EXPECT_HONE_ERROR(read(lines_of(random_group(0, 0, false), 1) + lines_of(random_group(0, 1, true), 1)), code,
                    "out of order");
  EXPECT_HONE_ERROR(CompletionReader(folder.path() / "absent", kFunctions, 2), ErrorCode::not_found, "absent");
  Group wrong = g;
  wrong.completions[0].logprobs.pop_back();
  EXPECT_HONE_ERROR(read(lines_of(wrong, 1)), code, "logprobs");
  wrong = g;
  wrong.completions[0].versions = {1, 2, 3, 4, 5, 6};
  EXPECT_HONE_ERROR(read(lines_of(wrong, 1)), code, "with 6 versions");
}

TEST(CompletionRecord, IsOneJsonLineWhateverTheText) {
  Group g;
  g.group_id = "1/0";
  g.problem.prompt = "say \xff\n";
  g.completions.resize(1);
  g.completions[0].reward.components = {{"rule", 0.5, Outcome::scored, ""}};
  g.completions[0].text = "line\nbreak \xc3";
  g.completions[0].versions = {4};
  g.advantages = {-0.25};
  const std::string line = completion_record(g, 0, 7, false);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Json row = Json::parse(line);
  EXPECT_EQ(row["step"], 7);
  EXPECT_EQ(row["advantage"], -0.25);
  EXPECT_EQ(row["version"], 4);
  EXPECT_EQ(row["rewards"]["rule"]["score"], 0.5);
}

}  // namespace
}  // namespace hone
