// The public cases of tests/data/math_equivalence, by tier, with the thresholds that Hone promises.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "tests/rewards/math_test_case.h"

namespace hone::math {
namespace {

struct Count {
  int equal = 0, accepted = 0, unequal = 0, wrongly_accepted = 0;
};

void report(const char* what, const std::map<std::string, Count>& counts) {
  std::printf("%-40s %14s %18s\n", what, "equal accepted", "unequal accepted");
  for (const auto& [name, c] : counts)
    std::printf("%-40s %7d / %4d %11d / %4d\n", name.c_str(), c.accepted, c.equal, c.wrongly_accepted, c.unequal);
}

TEST(MathConformance, PublicCases) {
  std::map<std::string, Count> tiers, modes;
  const Policy policy;
  for_each_jsonl(std::filesystem::path(HONE_SOURCE_DIR) / "tests/data/math_equivalence/cases.jsonl",
                 [&](const Json& row, std::size_t) {
                   const std::string gold = row.at("gold"), pred = row.at("pred"), tier = row.at("tier"),
                                     mode = row.at("mode");
                   const bool expected = row.at("expected");
                   const Judgement j = verify(gold, pred, mode_from_string(mode), policy);
                   const bool accepted = j.verdict == Verdict::correct;
                   for (Count* count : {&tiers[tier], &modes[tier + " " + mode]}) {
                     (expected ? count->equal : count->unequal) += 1;
                     if (accepted) (expected ? count->accepted : count->wrongly_accepted) += 1;
                   }
                   if (accepted != expected)
                     std::printf("  %s %s expected %d: %s\n", tier.c_str(), row.at("id").get<std::string>().c_str(),
                                 expected, why(gold, pred, mode_from_string(mode)).substr(0, 400).c_str());
                 });
  report("tier", tiers);
  report("tier and mode", modes);
  EXPECT_GE(tiers["core"].accepted, (tiers["core"].equal * 99 + 99) / 100);
  EXPECT_EQ(tiers["core"].wrongly_accepted, 0);
  EXPECT_GE(tiers["hard"].accepted, (tiers["hard"].equal * 97 + 99) / 100);
  EXPECT_EQ(tiers["hard"].wrongly_accepted, 0);
}

TEST(MathConformance, Neighbours) {
  for_each_jsonl(std::filesystem::path(HONE_SOURCE_DIR) / "tests/data/math_neighbours/cases.jsonl",
                 [&](const Json& row, std::size_t) {
                   const std::string gold = row.at("gold"), pred = row.at("pred");
                   EXPECT_EQ(accepts(gold, pred), row.at("expected").get<bool>()) << why(gold, pred);
                 });
}

}  // namespace
}  // namespace hone::math
