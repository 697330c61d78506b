// The numbers of a finished comparison: what compare.json holds and what the table, the plots and the page are made of.
// Thread rule: plain data.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "rl/compare/config.h"
#include "rl/compare/constant_rules.h"
#include "rl/compare/final_eval.h"
#include "rl/compare/seed_statistics.h"
#include "rl/ledger.h"

namespace hone {

/// Numbers by value, before and apart from other texts: 2, 10, "sum".
struct NaturalLess {
  bool operator()(const std::string& a, const std::string& b) const;
};

struct SeedAccuracy {
  int64_t seed = 0;
  double accuracy = 0.0;
  Interval interval;  // over the problems, this seed alone
};

/// One arm on one problem set.
struct SetResult {
  Estimate accuracy;                         // over problems and seeds
  std::optional<Estimate> gain;              // over the reference arm, paired by problem and seed
  std::vector<SeedAccuracy> seeds;
  std::map<std::string, Estimate, NaturalLess> groups;  // by the set's group_by
  std::map<std::string, int64_t, NaturalLess> group_sizes;
  double tokens = 0.0, truncated = 0.0, reasoning = 0.0;  // means over problems and seeds
};

/// An accuracy curve of one run, from its own evaluations.
struct Curve {
  int64_t seed = 0;
  std::vector<double> spent, accuracy, length;  // spent: in the budget's currency
};

struct ArmResult {
  std::string name;
  ArmKind kind = ArmKind::prompt;
  std::vector<SetResult> sets;   // as CompareResults::sets
  std::vector<KlResult> kl;      // one a seed; empty for a prompt arm
  RunCost cost;                  // mean over seeds
  std::vector<double> spent;     // one a seed, in the budget's currency
  std::vector<double> budget;    // what each seed might spend; empty without a budget
  std::vector<Curve> curves;
};

struct SetInfo {
  std::string name;
  SetRole role = SetRole::held_out;
  std::string group_by;
  int64_t problems = 0;
  std::vector<ConstantRule> rules;  // best first; empty where they are off
};

/// One held-out problem answered by one run before, during and after training, by its own evaluations (before: by the reference arm
/// where the run has none at step 0).
struct Example {
  std::string arm;
  int64_t seed = 0;
  std::string prompt, reference;
  struct Answer {
    int64_t step = 0;
    std::string text;
    bool right = false;
  };
  std::vector<Answer> answers;
};

struct CompareResults {
  std::string name, base, currency;
  int64_t seeds = 0;
  std::optional<double> amount;
  std::string same_as;
  std::optional<std::size_t> reference;  // the arm that gains are over: the first prompt arm
  std::size_t held_out = 0;              // index of the set of curves, groups and divergence
  std::vector<SetInfo> sets;
  std::vector<ArmResult> arms;
  std::vector<Example> examples;
  CostSection cost;
};

/// Answers of all arms: [arm][seed][set][problem].
using AllAnswers = std::vector<std::vector<std::vector<std::vector<ProblemResult>>>>;

/// Statistics of the answers, costs and curves of the runs under output_dir. `kl`: [arm][seed], empty for arms without.
CompareResults collect_results(const CompareConfig& config, const AllAnswers& answers, const std::vector<std::vector<KlResult>>& kl);

/// Curves and examples of one run folder.
Curve read_curve(const std::filesystem::path& run, int64_t seed, Currency currency, double spent_before);
std::vector<Example> read_examples(const std::filesystem::path& run, int64_t count);

nlohmann::ordered_json to_json(const CompareResults& results);

}  // namespace hone
