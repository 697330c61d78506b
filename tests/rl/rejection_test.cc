#include "rl/rejection.h"

#include <gtest/gtest.h>

#include "proto/base/json.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

Completion completion(const std::string& text, double score, FinishReason finish = FinishReason::stop_token, Outcome outcome = Outcome::scored) {
  Completion c;
  c.text = text;
  c.reward.score = score;
  c.reward.outcome = outcome;
  c.finish_reason = finish;
  return c;
}

Group group() {
  Group g;
  g.problem.prompt = "1+1=";
  g.problem.reference = "2";
  g.problem.id = "7";
  g.completions = {completion("3", 0.0), completion("2", 1.0), completion("2", 1.0), completion("two", 1.0), completion("2 b", 1.0, FinishReason::length),
                   completion("2?", 1.0, FinishReason::stop_token, Outcome::error), completion("1.9", 0.5, FinishReason::stop_string), completion("", 1.0)};
  return g;
}

using Indices = std::vector<std::size_t>;

TEST(Rejection, CorrectKeepsWhatIsRightEndedAndNew) {
  EXPECT_EQ(kept_completions(group(), {Keep::correct}), (Indices{1, 3}));
  EXPECT_EQ(kept_completions(group(), {Keep::correct, 0, false}), (Indices{1, 2, 3}));
  EXPECT_EQ(kept_completions(group(), {Keep::correct, 1, false}), (Indices{1}));
}

TEST(Rejection, BestIsTheFirstOfTheHighestAndNoneWithoutAScoreAboveZero) {
  EXPECT_EQ(kept_completions(group(), {Keep::best}), (Indices{1}));
  Group g = group();
  g.completions.resize(1);
  EXPECT_EQ(kept_completions(g, {Keep::best}), Indices{});
}

TEST(Rejection, AllKeepsEveryDistinctText) {
  EXPECT_EQ(kept_completions(group(), {Keep::all}), (Indices{0, 1, 3, 4, 5, 6, 7}));
  EXPECT_EQ(kept_completions(group(), {Keep::all, 2}), (Indices{0, 1}));
  EXPECT_HONE_ERROR(keep_from_string("right"), ErrorCode::invalid_argument, "known are all, correct, best");
}

TEST(Rejection, WhatCouldNotBeJudgedIsCounted) {
  Group g = group();
  g.completions[5].reward.components = {{"format", 1.0}, {"numeric", 0.0, Outcome::error, "no memory"}};
  g.completions[0].reward.outcome = Outcome::skipped;
  UnjudgedCounts counts;
  EXPECT_EQ(unjudged_text(counts), "");
  count_unjudged(g, counts);
  EXPECT_EQ(unjudged_text(counts), "1 could not be judged (numeric: no memory), 1 skipped by every reward function");
  g.completions[5].reward.components.clear();
  count_unjudged(g, counts);
  EXPECT_EQ(counts.errors, 2);
  EXPECT_EQ(counts.skipped, 2);
  EXPECT_EQ(counts.first_error, "numeric: no memory");
}

TEST(Rejection, RowsAreWhatSftReads) {
  const Json row = Json::parse(sft_row(group(), 1));
  EXPECT_EQ(row.at("prompt"), "1+1=");
  EXPECT_EQ(row.at("completion"), "2");
  EXPECT_EQ(row.at("reference"), "2");
  EXPECT_EQ(row.at("score"), 1.0);
  EXPECT_TRUE(Json::parse(sft_row(group(), 5)).at("score").is_null());
}

}  // namespace
}  // namespace hone
