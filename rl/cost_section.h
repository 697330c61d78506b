// What a run may cost and what its hours are worth: the config sections `run.budget` and `cost`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/base/config.h"

namespace hone {

/// A run ends with the first step that reaches one of these. Units as in RunCost (rl/ledger.h).
struct BudgetSection {
  std::optional<double> flops;
  std::optional<double> tokens;
  std::optional<double> seconds;
  std::optional<double> usd;

  bool any() const { return flops || tokens || seconds || usd; }
};

struct CostSection {
  std::string hardware;                // a name for reports
  std::optional<double> usd_per_hour;  // of the machine that the run is on
  JsonText prices;                     // array of {"name", "usd_per_hour", "flops_per_s"}
};

/// Hardware that the same work could run on; `flops_per_s` is what a run sustains there, not the data sheet's peak.
struct HardwarePrice {
  std::string name;
  double usd_per_hour = 0.0;
  double flops_per_s = 0.0;
};

void visit_budget(ConfigVisitor& v, BudgetSection& c);
void visit_cost(ConfigVisitor& v, CostSection& c);
/// Throws invalid_argument: a budget in money without a price, a broken price table.
void validate_cost(const CostSection& cost, const BudgetSection& budget);
/// The entries of `cost.prices`; throws invalid_argument with the JSON path.
std::vector<HardwarePrice> hardware_prices(const CostSection& cost);

}  // namespace hone
