#include <gtest/gtest.h>

#include <cmath>

#include "proto/base/random.h"
#include "rl/compare/constant_rules.h"
#include "rl/compare/final_eval.h"
#include "rl/compare/seed_statistics.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

/// values[s][p] = seed effect + problem effect + noise, with known deviations.
SeedTable additive(std::size_t seeds, std::size_t problems, double seed_sd, double problem_sd, uint64_t stream) {
  PhiloxStream random(stream);
  const auto uniform = [&](double sd) { return sd * std::sqrt(12.0) * (random.next_uniform() - 0.5); };
  std::vector<double> of_problem(problems);
  for (double& v : of_problem) v = uniform(problem_sd);
  SeedTable out(seeds, std::vector<double>(problems));
  for (auto& row : out) {
    const double of_seed = uniform(seed_sd);
    for (std::size_t p = 0; p < problems; ++p) row[p] = of_seed + of_problem[p];
  }
  return out;
}

double variance(const std::vector<double>& v) {
  double mean = 0.0, sum = 0.0;
  for (const double x : v) mean += x / static_cast<double>(v.size());
  for (const double x : v) sum += (x - mean) * (x - mean);
  return sum / static_cast<double>(v.size());
}

/// For additive effects the pigeonhole bootstrap's variance is var(seed means) / S + var(problem means) / P, plug-in.
TEST(SeedStatistics, TheIntervalIsThatOfTheClosedForm) {
  const SeedTable values = additive(12, 60, 0.2, 0.7, 3);
  std::vector<double> seed_means(12, 0.0), problem_means(60, 0.0);
  for (std::size_t s = 0; s < 12; ++s)
    for (std::size_t p = 0; p < 60; ++p) seed_means[s] += values[s][p] / 60, problem_means[p] += values[s][p] / 12;
  const double sd = std::sqrt(variance(seed_means) / 12 + variance(problem_means) / 60);
  const Estimate e = seed_estimate(values, 1);
  EXPECT_NEAR(e.mean, (seed_means[0] + seed_means[1] + seed_means[2] + seed_means[3] + seed_means[4] + seed_means[5] + seed_means[6] + seed_means[7] +
                       seed_means[8] + seed_means[9] + seed_means[10] + seed_means[11]) / 12, 1e-12);
  EXPECT_NEAR((e.interval.high - e.interval.low) / 2, 1.96 * sd, 0.08 * sd);
}

TEST(SeedStatistics, OneSeedIsTheBootstrapOverProblems) {
  const SeedTable values = additive(1, 80, 0.0, 0.5, 4);
  const Estimate e = seed_estimate(values, 1);
  EXPECT_NEAR((e.interval.high - e.interval.low) / 2, 1.96 * std::sqrt(variance(values[0]) / 80), 0.01);
}

TEST(SeedStatistics, AllRightOrAllWrongHasWilsonsInterval) {
  const Estimate none = seed_estimate({{0, 0, 0, 0}, {0, 0, 0, 0}}, 1);
  EXPECT_EQ(none.mean, 0.0);
  EXPECT_DOUBLE_EQ(none.interval.high, wilson_interval(0, 4, 0.95).high);
  EXPECT_DOUBLE_EQ(seed_estimate({{1, 1, 1, 1}}, 1).interval.low, wilson_interval(4, 4, 0.95).low);
}

TEST(SeedStatistics, AFixedBaseIsPairedWithEverySeed) {
  const Estimate e = seed_difference({{0, 1, 0}}, {{1, 1, 0}, {1, 1, 1}}, 1);
  EXPECT_DOUBLE_EQ(e.mean, (1.0 / 3 + 2.0 / 3) / 2);
  const Estimate same = seed_difference({{0, 1}, {1, 0}}, {{0, 1}, {1, 0}}, 1);
  EXPECT_EQ(same.mean, 0.0);
  EXPECT_EQ(same.interval.high, 0.0);
}

TEST(SeedStatistics, RefusesTablesThatDoNotFit) {
  EXPECT_HONE_ERROR(seed_estimate({}, 1), ErrorCode::invalid_argument, "no values");
  EXPECT_HONE_ERROR(seed_estimate({{1, 2}, {1}}, 1), ErrorCode::invalid_argument, "every seed needs the same");
  EXPECT_HONE_ERROR(seed_difference({{1}, {1}}, {{1}, {1}, {1}}, 1), ErrorCode::invalid_argument, "cannot be paired");
}

ProblemResult problem(const std::string& prompt, const std::string& reference) {
  ProblemResult p;
  p.prompt = prompt;
  p.reference = reference;
  return p;
}

TEST(ConstantRules, FindsTheRuleThatTheDataFollows) {
  const std::vector<ProblemResult> problems{problem("What is 12 + 7? 12 + 7 =", "19"), problem("A has 3 apples and 4.5 pears.", "7.5"), problem("From 9 take 2", "7"),
                                            problem("nothing", "7")};
  const auto rules = constant_rules(problems);
  EXPECT_EQ(rules[0].name, "always \"7\"");
  EXPECT_DOUBLE_EQ(rules[0].accuracy, 0.5);
  EXPECT_EQ(rules[1].name, "first + second");
  EXPECT_DOUBLE_EQ(rules[1].accuracy, 0.5);
  EXPECT_TRUE(constant_rules({}).empty());
}

TEST(ConstantRules, ReadsNumbersWithoutSigns) {
  EXPECT_EQ(numbers_in("7-3 is 4.25, not 1,000."), (std::vector<double>{7, 3, 4.25, 1, 0}));
  EXPECT_TRUE(numbers_in("none . -").empty());
}

TEST(KlResult, IsTheK3EstimateByToken) {
  const KlResult r = kl_result({{-1.0f, -2.0f}, {-0.5f}}, {{-1.5f, -1.0f}, {-0.5f}});
  EXPECT_EQ(r.tokens, 3);
  EXPECT_EQ(r.completions, 2);
  EXPECT_NEAR(r.kl, ((std::exp(-0.5) - 1 + 0.5) + (std::exp(1.0) - 1 - 1)) / 3, 1e-6);
  EXPECT_NEAR(r.per_token, (0.5 - 1.0) / 3, 1e-6);
  EXPECT_NEAR(r.per_sequence, (0.5 - 1.0) / 2, 1e-6);
  EXPECT_EQ(kl_result({}, {}).kl, 0.0);
}

TEST(ProblemResult, ComesBackFromItsLine) {
  const TemporaryFolder folder;
  ProblemResult r{"id", "2", "prompt\n", "5", "it is 5 <b>", 0.5, 7.5, 0.25, 1.0};
  const std::string file = folder.write("r.jsonl", problem_result_line(r) + "\n");
  const auto back = read_problem_results(file);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(problem_result_line(back[0]), problem_result_line(r));
  EXPECT_HONE_ERROR(read_problem_results(folder.write("bad.jsonl", "{\"problem\": 1}\n")), ErrorCode::data_loss, "bad.jsonl:1: not a result");
}

}  // namespace
}  // namespace hone
