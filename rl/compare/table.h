// A comparison in the terminal: table with intervals, curves, accuracy by group, problems before, during and after training.
// Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "rl/compare/results.h"

namespace hone {

std::string comparison_text(const CompareResults& results);

/// Columns as wide as their widest cell (in code points), the first one flush left, the others flush right.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

/// "69.7 [65.9, 73.2]", percent; "+47.7 [41.0, 53.9]" for a difference.
std::string percent_text(const Estimate& e);
std::string gain_text(const Estimate& e);
/// "12.3s", "2m05s".
std::string seconds_text(double seconds);
/// "120 k tokens", "3.2e+14 FLOP", "12m30s", "0.31 USD".
std::string spent_text(double amount, Currency currency);
/// Mean of an arm's seeds; nothing for a prompt arm.
std::optional<double> mean_kl(const ArmResult& arm);
double mean_spent(const ArmResult& arm);
/// Runs that ended below 99 % of their budget, as a sentence each.
std::vector<std::string> underspent(const CompareResults& results);
/// One line on what is compared: base, seeds, budget.
std::string subtitle(const CompareResults& results);
/// What a set's problems are grouped by.
std::string group_field(const SetInfo& set);
/// The mean of an arm's curves over seeds, at the points of the seed with the fewest evaluations.
Curve mean_curve(const ArmResult& arm);

}  // namespace hone
