// The cost ledger of a run: tokens, arithmetic, seconds, energy, money. It is part of the checkpoint, so that a run that is killed and
// resumed ends with the counts of an uninterrupted one; steps that a kill threw away are not in it.
//
// Tokens are counted as often as they are computed: a prompt once when it is prefilled for its group, each sampled token once, and each
// row of a learner's forward and backward pass once (a group's prompt is one such row per token and pass). A supervised run has the last
// kind only. Thread rule: plain data and pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rl/cost_section.h"
#include "rl/metrics.h"

namespace hone {

struct RunCost {
  int64_t prompt_tokens = 0;     // prefilled
  int64_t generated_tokens = 0;  // sampled
  int64_t learner_tokens = 0;    // rows forward and backward
  double generation_flops = 0.0;
  double learner_flops = 0.0;
  double seconds = 0.0;            // of training steps: sampling, scoring, learning, publishing
  std::optional<double> energy_j;  // of the machine's processor packages in that time, where readable

  int64_t tokens() const { return prompt_tokens + generated_tokens + learner_tokens; }
  double flops() const { return generation_flops + learner_flops; }
  /// Nothing without a price.
  std::optional<double> usd(const CostSection& section) const;
  RunCost& operator+=(const RunCost& other);
};

enum class Currency : uint8_t { flops, tokens, seconds, usd };
std::string_view to_string(Currency currency);
/// Throws invalid_argument naming the choices.
Currency currency_from_string(std::string_view name);
/// A cost in one currency; NaN for usd without a price.
double amount_of(const RunCost& cost, Currency currency, const CostSection& section);

/// Whether one of the limits is reached.
bool reached(const BudgetSection& budget, const RunCost& cost, const CostSection& section);
/// "tokens 120000 of 100000", the first limit that is reached; "" when none is.
std::string reached_text(const BudgetSection& budget, const RunCost& cost, const CostSection& section);

/// cost/tokens, cost/flops and the rest, of the run so far.
void add_cost_metrics(const RunCost& cost, const CostSection& section, Metrics& metrics);

nlohmann::ordered_json to_json(const RunCost& cost);
/// Throws nlohmann's exceptions on another shape.
RunCost run_cost_from_json(const nlohmann::json& json);
/// The counts with the price, and what the same work would cost on other hardware: RUN/cost.json.
nlohmann::ordered_json cost_report_json(const RunCost& cost, const CostSection& section);

/// Lines of text for a person, each indented by two spaces: tokens, arithmetic, energy, money here and elsewhere.
std::string cost_text(const RunCost& cost, const CostSection& section);

/// "1.23e+15 FLOP", "45.6 k", "12.30 USD", "0.0021 USD".
std::string flops_text(double flops);
std::string usd_text(double usd);

/// Costs that others state for their training, to place a run's beside. Not measured here, not the same work.
struct PublishedCost {
  const char* what;
  const char* cost;
  const char* source;
};
std::span<const PublishedCost> published_costs();

}  // namespace hone
