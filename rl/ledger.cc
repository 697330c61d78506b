#include "rl/ledger.h"

#include <array>
#include <cmath>
#include <limits>
#include <sstream>

#include "proto/base/error.h"
#include "proto/base/format.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "proto/base/suggest.h"
#include "rl/progress.h"

namespace hone {
namespace {

constexpr std::array<Currency, 4> kCurrencies{Currency::flops, Currency::tokens, Currency::seconds, Currency::usd};

const std::optional<double>& limit_of(const BudgetSection& budget, Currency currency) {
  switch (currency) {
    case Currency::flops: return budget.flops;
    case Currency::tokens: return budget.tokens;
    case Currency::seconds: return budget.seconds;
    case Currency::usd: return budget.usd;
  }
  return budget.flops;
}

}  // namespace

std::optional<double> RunCost::usd(const CostSection& section) const {
  if (!section.usd_per_hour) return std::nullopt;
  return seconds / 3600.0 * *section.usd_per_hour;
}

RunCost& RunCost::operator+=(const RunCost& other) {
  prompt_tokens += other.prompt_tokens;
  generated_tokens += other.generated_tokens;
  learner_tokens += other.learner_tokens;
  generation_flops += other.generation_flops;
  learner_flops += other.learner_flops;
  seconds += other.seconds;
  if (other.energy_j) energy_j = energy_j.value_or(0.0) + *other.energy_j;
  return *this;
}

std::string_view to_string(Currency currency) {
  switch (currency) {
    case Currency::flops: return "flops";
    case Currency::tokens: return "tokens";
    case Currency::seconds: return "seconds";
    case Currency::usd: return "usd";
  }
  return "?";
}

Currency currency_from_string(std::string_view name) {
  std::vector<std::string> names;
  for (const Currency c : kCurrencies) {
    if (to_string(c) == name) return c;
    names.emplace_back(to_string(c));
  }
  throw Error(ErrorCode::invalid_argument, "unknown currency '" + std::string(name) + "': flops, tokens, seconds or usd" + suggestion(std::string(name), names));
}

double amount_of(const RunCost& cost, Currency currency, const CostSection& section) {
  switch (currency) {
    case Currency::flops: return cost.flops();
    case Currency::tokens: return static_cast<double>(cost.tokens());
    case Currency::seconds: return cost.seconds;
    case Currency::usd: return cost.usd(section).value_or(std::numeric_limits<double>::quiet_NaN());
  }
  return 0.0;
}

bool reached(const BudgetSection& budget, const RunCost& cost, const CostSection& section) {
  return !reached_text(budget, cost, section).empty();
}

std::string reached_text(const BudgetSection& budget, const RunCost& cost, const CostSection& section) {
  for (const Currency currency : kCurrencies) {
    const std::optional<double>& limit = limit_of(budget, currency);
    const double spent = amount_of(cost, currency, section);
    if (limit && spent >= *limit) return join(to_string(currency), " ", spent, " of ", *limit);
  }
  return "";
}

void add_cost_metrics(const RunCost& cost, const CostSection& section, Metrics& metrics) {
  metrics.set_integer("cost/prompt_tokens", cost.prompt_tokens);
  metrics.set_integer("cost/generated_tokens", cost.generated_tokens);
  metrics.set_integer("cost/learner_tokens", cost.learner_tokens);
  metrics.set_integer("cost/tokens", cost.tokens());
  metrics.set("cost/flops", cost.flops());
  metrics.set("cost/seconds", cost.seconds);
  if (cost.energy_j) metrics.set("cost/energy_j", *cost.energy_j);
  if (const auto usd = cost.usd(section)) metrics.set("cost/usd", *usd);
}

OrderedJson to_json(const RunCost& cost) {
  OrderedJson out;
  out["prompt_tokens"] = cost.prompt_tokens;
  out["generated_tokens"] = cost.generated_tokens;
  out["learner_tokens"] = cost.learner_tokens;
  out["generation_flops"] = cost.generation_flops;
  out["learner_flops"] = cost.learner_flops;
  out["seconds"] = cost.seconds;
  out["energy_j"] = cost.energy_j ? OrderedJson(*cost.energy_j) : OrderedJson(nullptr);
  return out;
}

RunCost run_cost_from_json(const Json& json) {
  RunCost cost;
  cost.prompt_tokens = json.at("prompt_tokens");
  cost.generated_tokens = json.at("generated_tokens");
  cost.learner_tokens = json.at("learner_tokens");
  cost.generation_flops = json.at("generation_flops");
  cost.learner_flops = json.at("learner_flops");
  cost.seconds = json.at("seconds");
  if (!json.at("energy_j").is_null()) cost.energy_j = json.at("energy_j").get<double>();
  return cost;
}

OrderedJson cost_report_json(const RunCost& cost, const CostSection& section) {
  OrderedJson out = to_json(cost);
  out["tokens"] = cost.tokens();
  out["flops"] = cost.flops();
  out["hardware"] = section.hardware;
  const auto usd = cost.usd(section);
  out["usd"] = usd ? OrderedJson(*usd) : OrderedJson(nullptr);
  out["elsewhere"] = OrderedJson::array();
  for (const HardwarePrice& p : hardware_prices(section)) {
    const double hours = cost.flops() / p.flops_per_s / 3600.0;
    out["elsewhere"].push_back({{"name", p.name}, {"hours", hours}, {"usd", hours * p.usd_per_hour}});
  }
  return out;
}

std::string flops_text(double flops) { return format("%.3g FLOP", flops); }

std::string usd_text(double usd) { return usd >= 1 ? format("%.2f USD", usd) : format("%.2g USD", usd); }

std::string cost_text(const RunCost& cost, const CostSection& section) {
  std::ostringstream out;
  out << "  work: " << cost.tokens() << " tokens computed (" << cost.prompt_tokens << " of prompts, " << cost.generated_tokens << " sampled, "
      << cost.learner_tokens << " in the learner), " << flops_text(cost.flops());
  if (cost.seconds > 0) out << format(", %.1f GFLOP/s", 1e-9 * cost.flops() / cost.seconds);
  out << "\n";
  if (cost.energy_j) out << format("  energy: %.1f kJ of the processor packages (RAPL)\n", 1e-3 * *cost.energy_j);
  if (const auto usd = cost.usd(section))
    out << "  money: " << usd_text(*usd) << format(" at %.2f USD/h", *section.usd_per_hour) << (section.hardware.empty() ? "" : " on " + section.hardware) << "\n";
  for (const HardwarePrice& p : hardware_prices(section)) {
    const double hours = cost.flops() / p.flops_per_s / 3600.0;
    out << "  the same work on " << p.name << ": " << duration_text(3600.0 * hours) << ", " << usd_text(hours * p.usd_per_hour)
        << format(" (%.2f USD/h, %.3g FLOP/s)", p.usd_per_hour, p.flops_per_s) << "\n";
  }
  return out.str();
}

std::span<const PublishedCost> published_costs() {
  static constexpr std::array<PublishedCost, 2> kCosts{{
      {"DeepSeek-V3, pre-training, context extension and post-training", "2.788 M H800 hours, 5.576 M USD at 2 USD/h", "arXiv:2412.19437, table 1"},
      {"TinyZero, countdown with a 3 B model", "under 30 USD", "github.com/Jiayi-Pan/TinyZero, README"},
  }};
  return kCosts;
}

}  // namespace hone
