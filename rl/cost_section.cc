#include "rl/cost_section.h"

#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {
namespace {

constexpr Range kOverZero{.min = 0, .min_open = true};

}  // namespace

void visit_budget(ConfigVisitor& v, BudgetSection& c) {
  v.field("flops", c.flops, kOverZero, "floating-point operations of sampling and learning (formula: docs/compare.md); null = no limit");
  v.field("tokens", c.tokens, kOverZero, "tokens of prompts, sampled tokens and tokens learned on, each as often as it is computed; null = no limit");
  v.field("seconds", c.seconds, kOverZero, "seconds of training steps, without evaluation; the only limits that a repeated run may meet elsewhere are this and usd; null = no limit");
  v.field("usd", c.usd, kOverZero, "US dollars at cost.usd_per_hour; null = no limit");
}

void visit_cost(ConfigVisitor& v, CostSection& c) {
  v.field("hardware", c.hardware, "name of the machine, for reports");
  v.field("usd_per_hour", c.usd_per_hour, {.min = 0}, "price of the machine; null = unknown");
  v.field("prices", c.prices, "array of {\"name\", \"usd_per_hour\", \"flops_per_s\"}: hardware for which reports say what the same work would cost, at the rate that runs sustain there");
}

std::vector<HardwarePrice> hardware_prices(const CostSection& cost) {
  std::vector<HardwarePrice> out;
  if (cost.prices.text.empty()) return out;
  const std::string path = "/cost/prices";
  const Json table = parse_json(cost.prices.text, path);
  if (!table.is_array()) throw Error(ErrorCode::invalid_argument, path + ": expected an array of objects, found " + json_type_name(table));
  for (std::size_t i = 0; i < table.size(); ++i) {
    HardwarePrice price;
    const std::string entry = path + "/" + std::to_string(i);
    load_config(table[i], entry, [&](ConfigVisitor& v) {
      v.field("name", price.name, "name of the hardware");
      v.field("usd_per_hour", price.usd_per_hour, {.min = 0}, "its price");
      v.field("flops_per_s", price.flops_per_s, kOverZero, "what a run sustains on it");
    });
    if (price.name.empty()) throw Error(ErrorCode::invalid_argument, entry + "/name: required: what the hardware is called");
    if (price.flops_per_s <= 0) throw Error(ErrorCode::invalid_argument, entry + "/flops_per_s: required: operations a second that a run sustains on it");
    out.push_back(std::move(price));
  }
  return out;
}

void validate_cost(const CostSection& cost, const BudgetSection& budget) {
  hardware_prices(cost);
  if (budget.usd && !cost.usd_per_hour.value_or(0.0))
    throw Error(ErrorCode::invalid_argument, "/run/budget/usd: needs /cost/usd_per_hour, the price of this machine");
}

}  // namespace hone
