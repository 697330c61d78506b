#include "rl/ledger.h"

#include <gtest/gtest.h>

#include <cmath>

#include "proto/base/json.h"
#include "rl/energy_meter.h"
#include "tests/proto/temporary_folder.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

RunCost sample() {
  return {.prompt_tokens = 10, .generated_tokens = 20, .learner_tokens = 30, .generation_flops = 1e9, .learner_flops = 5e9, .seconds = 1800, .energy_j = {}};
}

TEST(Ledger, AddsUpAndComesBackFromJson) {
  RunCost cost = sample();
  RunCost more = sample();
  more.energy_j = 7.5;
  cost += more;
  cost += more;
  EXPECT_EQ(cost.tokens(), 180);
  EXPECT_EQ(cost.flops(), 18e9);
  EXPECT_EQ(cost.energy_j, 15.0);
  const RunCost back = run_cost_from_json(Json::parse(to_json(cost).dump()));
  EXPECT_EQ(to_json(back), to_json(cost));
  EXPECT_FALSE(run_cost_from_json(Json::parse(to_json(sample()).dump())).energy_j.has_value());
}

TEST(Ledger, ABudgetIsReachedAtItsLimit) {
  const CostSection here{.hardware = "here", .usd_per_hour = 0.5};
  EXPECT_FALSE(reached({}, sample(), here));
  EXPECT_FALSE(reached({.tokens = 61}, sample(), here));
  EXPECT_TRUE(reached({.tokens = 60}, sample(), here));
  EXPECT_TRUE(reached({.flops = 6e9, .tokens = 1e9}, sample(), here));
  EXPECT_TRUE(reached({.seconds = 1800}, sample(), here));
  EXPECT_TRUE(reached({.usd = 0.25}, sample(), here));
  EXPECT_FALSE(reached({.usd = 0.26}, sample(), here));
  EXPECT_FALSE(reached({.usd = 0.01}, sample(), {}));  // no price: validate_cost refuses it before
  EXPECT_EQ(reached_text({.tokens = 50}, sample(), here), "tokens 60 of 50");
}

TEST(Ledger, CurrenciesHaveNames) {
  EXPECT_EQ(amount_of(sample(), currency_from_string("tokens"), {}), 60);
  EXPECT_TRUE(std::isnan(amount_of(sample(), currency_from_string("usd"), {})));
  EXPECT_HONE_ERROR(currency_from_string("flop"), ErrorCode::invalid_argument, "did you mean flops?");
}

TEST(Ledger, SaysWhatTheWorkCostsElsewhere) {
  const CostSection section{.hardware = "box", .usd_per_hour = 0.5, .prices = {R"([{"name": "big", "usd_per_hour": 2.0, "flops_per_s": 1e7}])"}};
  const OrderedJson json = cost_report_json(sample(), section);
  EXPECT_DOUBLE_EQ(json["usd"], 0.25);
  EXPECT_DOUBLE_EQ(json["elsewhere"][0]["hours"], 6e9 / 1e7 / 3600);
  EXPECT_DOUBLE_EQ(json["elsewhere"][0]["usd"], 6e9 / 1e7 / 3600 * 2.0);
  const std::string text = cost_text(sample(), section);
  EXPECT_NE(text.find("0.25 USD at 0.50 USD/h on box"), std::string::npos) << text;
  EXPECT_NE(text.find("the same work on big: 10m00s, 0.33 USD"), std::string::npos) << text;
  EXPECT_EQ(text.find("energy"), std::string::npos) << text;
}

TEST(Ledger, RefusesABrokenPriceTable) {
  const auto with = [](const std::string& prices) { return CostSection{.prices = {prices}}; };
  EXPECT_HONE_ERROR(hardware_prices(with("{}")), ErrorCode::invalid_argument, "/cost/prices: expected an array");
  EXPECT_HONE_ERROR(hardware_prices(with(R"([{"name": "a", "usd_per_hour": 1}])")), ErrorCode::invalid_argument, "/cost/prices/0/flops_per_s: required");
  EXPECT_HONE_ERROR(hardware_prices(with(R"([{"usd_per_hour": 1, "flops_per_s": 1}])")), ErrorCode::invalid_argument, "/cost/prices/0/name: required");
  EXPECT_HONE_ERROR(hardware_prices(with(R"([{"nmae": "a"}])")), ErrorCode::invalid_argument, "/cost/prices/0/nmae: unknown key; did you mean name?");
  EXPECT_HONE_ERROR(validate_cost({}, {.usd = 1}), ErrorCode::invalid_argument, "/run/budget/usd: needs /cost/usd_per_hour");
}

TEST(EnergyMeter, AddsPackagesAndFollowsAWrap) {
  const TemporaryFolder folder;
  folder.write("intel-rapl:0/energy_uj", "1000000\n");
  folder.write("intel-rapl:0/max_energy_range_uj", "5000000\n");
  folder.write("intel-rapl:1/energy_uj", "4500000\n");
  folder.write("intel-rapl:1/max_energy_range_uj", "5000000\n");
  folder.write("intel-rapl:0:0/energy_uj", "77\n");  // a part of package 0
  folder.write("intel-rapl:0:0/max_energy_range_uj", "5000000\n");
  folder.write("dtpm/energy_uj", "5\n");
  EnergyMeter meter(folder.path());
  ASSERT_TRUE(meter.readable());
  folder.write("intel-rapl:0/energy_uj", "3000000\n");
  folder.write("intel-rapl:1/energy_uj", "500000\n");
  EXPECT_DOUBLE_EQ(*meter.lap(), 2.0 + 1.0);
  EXPECT_DOUBLE_EQ(*meter.lap(), 0.0);
}

TEST(EnergyMeter, IsAbsentWhereNothingCanBeRead) {
  const TemporaryFolder folder;
  EnergyMeter meter(folder.path() / "nothing");
  EXPECT_FALSE(meter.readable());
  EXPECT_FALSE(meter.lap().has_value());
}

}  // namespace
}  // namespace hone
