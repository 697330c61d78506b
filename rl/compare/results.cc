#include "rl/compare/results.h"

#include <algorithm>
#include <cmath>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rl/compare/plan.h"
#include "rl/compare/runner.h"
#include "rl/evaluator.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kBootstrapSeed = 0;

using SeedAnswers = std::vector<std::vector<ProblemResult>>;  // [seed][problem] of one set

template <class Get>
SeedTable table_of(const SeedAnswers& answers, const Get& get) {
  SeedTable out;
  for (const auto& problems : answers) {
    out.emplace_back();
    for (const ProblemResult& p : problems) out.back().push_back(get(p));
  }
  return out;
}

SeedTable accuracies(const SeedAnswers& answers) {
  return table_of(answers, [](const ProblemResult& p) { return p.accuracy; });
}

template <class Get>
double mean_of(const SeedAnswers& answers, const Get& get) {
  double sum = 0.0, count = 0.0;
  for (const auto& problems : answers)
    for (const ProblemResult& p : problems) sum += get(p), count += 1.0;
  return count > 0 ? sum / count : 0.0;
}

SeedAnswers of_group(const SeedAnswers& answers, const std::string& group) {
  SeedAnswers out;
  for (const auto& problems : answers) {
    out.emplace_back();
    std::copy_if(problems.begin(), problems.end(), std::back_inserter(out.back()), [&](const ProblemResult& p) { return p.group == group; });
  }
  return out;
}

Interval one_seed_interval(const std::vector<double>& accuracies) {
  double right = 0.0;
  bool single_completions = true;
  for (const double a : accuracies) right += a, single_completions = single_completions && (a == 0.0 || a == 1.0);
  if (single_completions) return wilson_interval(std::llround(right), static_cast<int64_t>(accuracies.size()), 0.95);
  return mean_interval(accuracies, kBootstrapSeed);
}

SetResult set_result(const CompareConfig& config, const ArmConfig& arm, const SeedAnswers& answers) {
  SetResult out;
  const SeedTable table = accuracies(answers);
  const std::vector<int64_t> seeds = seeds_of(config, arm);
  for (std::size_t s = 0; s < table.size(); ++s)
    out.seeds.push_back({seeds[s], seed_estimate({table[s]}, kBootstrapSeed).mean, one_seed_interval(table[s])});
  out.accuracy = seed_estimate(table, kBootstrapSeed);
  if (table.size() == 1) out.accuracy.interval = out.seeds.front().interval;
  for (const ProblemResult& p : answers.front()) out.group_sizes[p.group] += 1;
  for (const auto& [group, size] : out.group_sizes) out.groups[group] = seed_estimate(accuracies(of_group(answers, group)), kBootstrapSeed);
  out.tokens = mean_of(answers, [](const ProblemResult& p) { return p.tokens; });
  out.truncated = mean_of(answers, [](const ProblemResult& p) { return p.truncated; });
  out.reasoning = mean_of(answers, [](const ProblemResult& p) { return p.reasoning; });
  return out;
}

SeedAnswers answers_on(const std::vector<std::vector<std::vector<ProblemResult>>>& of_arm, std::size_t set) {
  SeedAnswers out;
  for (const auto& of_seed : of_arm) out.push_back(of_seed.at(set));
  return out;
}

void add_costs(const CompareConfig& config, const ArmConfig& arm, ArmResult& out) {
  if (arm.kind == ArmKind::prompt) return;
  const Currency currency = config.budget_currency();
  const auto n = static_cast<double>(config.seeds);
  RunCost sum;
  for (const int64_t seed : seeds_of(config, arm)) {
    const RunCost cost = arm_cost(config, arm, seed);
    sum += cost;
    out.spent.push_back(amount_of(cost, currency, config.cost));
    if (config.amount) out.budget.push_back(*config.amount);
    for (const ArmConfig& other : config.arms)
      if (other.name == config.same_as) out.budget.push_back(amount_of(arm_cost(config, other, seed), currency, config.cost));
    const double before = arm.kind == ArmKind::rejection_sft ? amount_of(stage_cost(samples_folder(config, arm, seed)), currency, config.cost) : 0.0;
    out.curves.push_back(read_curve(arm_folder(config, arm, seed), seed, currency, before));
  }
  const auto share = [n](int64_t v) { return static_cast<int64_t>(std::llround(static_cast<double>(v) / n)); };
  out.cost = {share(sum.prompt_tokens), share(sum.generated_tokens), share(sum.learner_tokens), sum.generation_flops / n, sum.learner_flops / n, sum.seconds / n,
              sum.energy_j ? std::optional<double>(*sum.energy_j / n) : std::nullopt};
}

/// The base's answer, where the run was not evaluated before its first step.
void add_answer_before(Example& example, const std::vector<ProblemResult>* of_base) {
  if (of_base == nullptr || example.answers.front().step == 0) return;
  for (const ProblemResult& p : *of_base) {
    if (p.prompt != example.prompt) continue;
    example.answers.insert(example.answers.begin(), {0, p.completion, p.accuracy > 0.5});
    return;
  }
}

OrderedJson estimate_json(const Estimate& e) { return {{"mean", e.mean}, {"low", e.interval.low}, {"high", e.interval.high}}; }

OrderedJson set_json(const SetResult& r) {
  OrderedJson out{{"accuracy", estimate_json(r.accuracy)}, {"gain", r.gain ? estimate_json(*r.gain) : OrderedJson(nullptr)}, {"seeds", OrderedJson::array()}};
  for (const SeedAccuracy& s : r.seeds) out["seeds"].push_back({{"seed", s.seed}, {"accuracy", s.accuracy}, {"low", s.interval.low}, {"high", s.interval.high}});
  for (const auto& [group, e] : r.groups) {
    out["groups"][group] = estimate_json(e);
    out["groups"][group]["problems"] = r.group_sizes.at(group);
  }
  out["tokens"] = r.tokens;
  out["truncated"] = r.truncated;
  out["reasoning"] = r.reasoning;
  return out;
}

OrderedJson arm_json(const ArmResult& arm, const CompareResults& results) {
  OrderedJson out{{"name", arm.name}, {"kind", to_string(arm.kind)}};
  for (std::size_t s = 0; s < arm.sets.size(); ++s) out["sets"][results.sets[s].name] = set_json(arm.sets[s]);
  out["kl"] = OrderedJson::array();
  for (const KlResult& k : arm.kl)
    out["kl"].push_back({{"kl", k.kl}, {"per_token", k.per_token}, {"per_sequence", k.per_sequence}, {"completions", k.completions}, {"tokens", k.tokens}});
  if (arm.kind == ArmKind::prompt) return out;
  out["cost"] = cost_report_json(arm.cost, results.cost);
  out["spent"] = arm.spent;
  out["budget"] = arm.budget;
  out["curves"] = OrderedJson::array();
  for (const Curve& c : arm.curves) out["curves"].push_back({{"seed", c.seed}, {"spent", c.spent}, {"accuracy", c.accuracy}, {"length", c.length}});
  return out;
}

}  // namespace

bool NaturalLess::operator()(const std::string& a, const std::string& b) const {
  const auto number = [](const std::string& s) { return !s.empty() && s.find_first_not_of("0123456789") == std::string::npos; };
  if (number(a) != number(b)) return number(a);
  if (number(a) && a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

CompareResults collect_results(const CompareConfig& config, const AllAnswers& answers, const std::vector<std::vector<KlResult>>& kl) {
  CompareResults out;
  out.name = config.name;
  const fs::path base = config.base_by_seed() ? config.base_config : config.base_path;
  out.base = (base.parent_path().filename() / base.filename()).string();
  out.currency = config.currency;
  out.seeds = config.seeds;
  out.amount = config.amount;
  out.same_as = config.same_as;
  out.cost = config.cost;
  out.held_out = static_cast<std::size_t>(&config.held_out() - config.sets.data());
  for (std::size_t a = 0; a < config.arms.size() && !out.reference; ++a)
    if (config.arms[a].kind == ArmKind::prompt) out.reference = a;
  const auto& any_arm = answers[out.reference.value_or(0)];
  for (std::size_t s = 0; s < config.sets.size(); ++s) {
    const auto& problems = any_arm.front()[s];
    out.sets.push_back({config.sets[s].name, config.sets[s].role, config.sets[s].group_by, static_cast<int64_t>(problems.size()),
                        config.constant_rules ? constant_rules(problems) : std::vector<ConstantRule>()});
  }
  for (std::size_t a = 0; a < config.arms.size(); ++a) {
    const ArmConfig& arm = config.arms[a];
    ArmResult result{arm.name, arm.kind};
    for (std::size_t s = 0; s < config.sets.size(); ++s) {
      const SeedAnswers own = answers_on(answers[a], s);
      result.sets.push_back(set_result(config, arm, own));
      if (out.reference && *out.reference != a)
        result.sets.back().gain = seed_difference(accuracies(answers_on(answers[*out.reference], s)), accuracies(own), kBootstrapSeed);
    }
    result.kl = kl[a];
    add_costs(config, arm, result);
    out.arms.push_back(std::move(result));
    if (arm.kind == ArmKind::prompt) continue;
    for (Example& e : read_examples(arm_folder(config, arm, config.first_seed), config.examples)) {
      add_answer_before(e, out.reference ? &answers[*out.reference].front()[out.held_out] : nullptr);
      e.arm = arm.name;
      e.seed = config.first_seed;
      out.examples.push_back(std::move(e));
    }
  }
  return out;
}

OrderedJson to_json(const CompareResults& r) {
  OrderedJson out{{"name", r.name}, {"base", r.base}, {"seeds", r.seeds}};
  out["budget"] = {{"currency", r.currency}, {"amount", r.amount ? OrderedJson(*r.amount) : OrderedJson(nullptr)}, {"same_as", r.same_as}};
  out["reference"] = r.reference ? OrderedJson(r.arms[*r.reference].name) : OrderedJson(nullptr);
  out["sets"] = OrderedJson::array();
  for (const SetInfo& s : r.sets) {
    OrderedJson rules = OrderedJson::array();
    for (const ConstantRule& rule : s.rules) rules.push_back({{"name", rule.name}, {"accuracy", rule.accuracy}});
    out["sets"].push_back({{"name", s.name}, {"role", to_string(s.role)}, {"group_by", s.group_by}, {"problems", s.problems}, {"constant_rules", rules}});
  }
  out["arms"] = OrderedJson::array();
  for (const ArmResult& a : r.arms) out["arms"].push_back(arm_json(a, r));
  out["examples"] = OrderedJson::array();
  for (const Example& e : r.examples) {
    OrderedJson answers = OrderedJson::array();
    for (const Example::Answer& a : e.answers) answers.push_back({{"step", a.step}, {"text", a.text}, {"right", a.right}});
    out["examples"].push_back({{"arm", e.arm}, {"seed", e.seed}, {"prompt", e.prompt}, {"reference", e.reference}, {"answers", answers}});
  }
  return out;
}

}  // namespace hone
