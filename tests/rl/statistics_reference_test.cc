#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rl/statistics.h"
#include "tests/rl/reference_files.h"

namespace hone {
namespace {

TEST(StatisticsReference, PassAtK) {
  const auto path = reference_file("metrics", "pass_at_k.jsonl");
  HONE_SKIP_WITHOUT(path);
  int rows = 0;
  for_each_jsonl(path, [&](const Json& row, std::size_t line) {
    const double value = pass_at_k(row.at("n").get<int64_t>(), row.at("c").get<int64_t>(), row.at("k").get<int64_t>());
    EXPECT_NEAR(value, row.at("value").get<double>(), 1e-10) << "line " << line;
    ++rows;
  });
  std::cout << "pass_at_k: " << rows << " run\n";
  EXPECT_GT(rows, 0);
}

TEST(StatisticsReference, MajorityVote) {
  const auto path = reference_file("metrics", "majority_vote.jsonl");
  HONE_SKIP_WITHOUT(path);
  int rows = 0;
  int at_k = 0;
  for_each_jsonl(path, [&](const Json& row, std::size_t line) {
    std::vector<std::optional<std::string>> answers;
    for (const Json& answer : row.at("answers")) {
      answers.push_back(answer.is_null() ? std::nullopt : std::optional(answer.get<std::string>()));
    }
    const auto gold = row.at("gold").get<std::string>();
    const MajorityVote vote = majority_vote(answers);
    EXPECT_EQ(vote.winners, row.at("tied_winners").get<std::vector<std::string>>()) << "line " << line;
    EXPECT_NEAR(vote.first_seen(gold), row.at("maj_first_seen").get<double>(), 1e-10) << "line " << line;
    EXPECT_NEAR(vote.tie_share(gold), row.at("maj_tie_share").get<double>(), 1e-10) << "line " << line;
    for (const auto& [k, means] : row.at("maj_at_k_mean").items()) {
      EXPECT_NEAR(majority_at_k(answers, gold, std::stoll(k)), means.at("tie_share").get<double>(), 1e-10)
          << "line " << line;
      ++at_k;
    }
    ++rows;
  });
  std::cout << "majority_vote: " << rows << " run; maj_at_k_mean tie_share: " << at_k << " run, first_seen: " << at_k
            << " skipped (not offered)\n";
  EXPECT_GT(rows, 0);
}

TEST(StatisticsReference, Intervals) {
  const auto path = reference_file("metrics", "intervals.jsonl");
  HONE_SKIP_WITHOUT(path);
  int rows = 0;
  for_each_jsonl(path, [&](const Json& row, std::size_t line) {
    const auto c = row.at("c").get<int64_t>();
    const auto n = row.at("n").get<int64_t>();
    const auto confidence = row.at("confidence").get<double>();
    const auto compare = [&](const char* name, const Interval& interval) {
      EXPECT_NEAR(interval.low, row.at(name)[0].get<double>(), 1e-9) << name << " line " << line;
      EXPECT_NEAR(interval.high, row.at(name)[1].get<double>(), 1e-9) << name << " line " << line;
    };
    compare("wilson", wilson_interval(c, n, confidence));
    compare("wilson_cc", wilson_corrected_interval(c, n, confidence));
    compare("clopper_pearson", clopper_pearson_interval(c, n, confidence));
    ++rows;
  });
  std::cout << "intervals: " << rows << " run\n";
  EXPECT_GT(rows, 0);
}

}  // namespace
}  // namespace hone
