#include "rewards/rewarder.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rewards/gate.h"
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

constexpr int kAttempts = 2;

struct Weighted {
  std::string name;
  double weight;
  std::string settings;
  std::optional<Gate> gate;
  std::unique_ptr<RewardFunction> function;
};

/// Components of one rule for the whole group. What a rule gets wrong (an exception, a wrong count, a score that is
/// not finite) becomes Outcome::error.
std::vector<RewardComponent> run(const Weighted& rule, const Group& group, const std::stop_token& stop) {
  std::string reason;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "scoring was given up before " + rule.name);
    try {
      std::vector<RewardComponent> components = rule.function->score_until(group, stop);
      if (components.size() == group.completions.size()) return components;
      reason = "gave " + std::to_string(components.size()) + " scores for " + std::to_string(group.completions.size()) +
               " completions";
    } catch (const std::exception& e) {
      reason = e.what();
    }
  }
  return for_all(group, failed(rule.name + ": " + reason));
}

class LocalRewarder final : public Rewarder {
 public:
  LocalRewarder(std::vector<Weighted> rules, RewardObserver* observer) : rules_(std::move(rules)), observer_(observer) {
    for (const Weighted& rule : rules_) weights_.push_back(rule.weight);
  }

  void score(Group& group) override { score_until(group, {}); }

  void score_until(Group& group, const std::stop_token& stop) override {
    for (Completion& completion : group.completions) completion.reward = {};
    for (const Weighted& rule : rules_) {
      const double start = monotonic_seconds();
      std::vector<RewardComponent> components = run(rule, group, stop);
      const double seconds = monotonic_seconds() - start;
      for (std::size_t i = 0; i < components.size(); ++i) {
        RewardComponent& component = components[i];
        if (!std::isfinite(component.score)) component = failed("the score is not finite");
        if (rule.gate) rule.gate->apply(group.completions[i], component);
        component.name = rule.name;
      }
      if (observer_ != nullptr) observer_->function_scored(rule.name, group, seconds, components);
      for (std::size_t i = 0; i < components.size(); ++i)
        group.completions[i].reward.components.push_back(std::move(components[i]));
    }
    for (Completion& completion : group.completions) combine(completion.reward, weights_);
  }

  std::vector<std::pair<std::string, double>> functions() const override {
    std::vector<std::pair<std::string, double>> out;
    for (const Weighted& rule : rules_) out.emplace_back(rule.name, rule.weight);
    return out;
  }

  std::vector<std::string> settings() const override {
    std::vector<std::string> out;
    for (const Weighted& rule : rules_) out.push_back(rule.settings);
    return out;
  }

 private:
  std::vector<Weighted> rules_;
  std::vector<double> weights_;
  RewardObserver* observer_;
};

/// `name`, or "name_2", "name_3"... where earlier entries have it: metrics are kept by name.
std::string unused_name(const std::string& name, const std::vector<std::string>& taken) {
  std::string unused = name;
  for (int i = 2; std::find(taken.begin(), taken.end(), unused) != taken.end(); ++i) unused = name + "_" + std::to_string(i);
  return unused;
}

/// The entry's own name for its metrics, or the function's.
std::string read_label(Settings& entry, const std::string& name, const std::vector<std::string>& earlier) {
  const std::string label = entry.text("label", "");
  if (label.empty()) return unused_name(name, earlier);
  if (std::find(earlier.begin(), earlier.end(), label) != earlier.end())
    entry.fail("label", "'" + excerpt(label) + "' is the name of an earlier entry");
  return label;
}

Weighted make_weighted(Json entry, const std::string& source, const std::vector<std::string>& earlier) {
  if (!entry.is_object())
    throw Error(ErrorCode::invalid_argument,
                source + ": expected an object with \"name\", found " + json_type_name(entry));
  Settings reader(entry, source);
  const std::string name = reader.text("name");
  const double weight = reader.number("weight", 1.0);
  const std::string label = read_label(reader, name, earlier);
  const std::optional<Gate> gate = Gate::read(reader, earlier);
  Json own = entry;  // the function's settings
  for (const char* key : {"name", "weight", "label", "only_if", "only_if_not"}) own.erase(key);
  entry.erase("name");
  entry.erase("weight");
  Weighted rule{label, weight, dump_line(entry), gate, make_reward_function(name, own, source)};
  if (const std::string judge = rule.function->judge(); !judge.empty()) require_earlier(reader, "correct_by", judge, earlier);
  return rule;
}

}  // namespace

void Rewarder::score_until(Group& group, const std::stop_token&) { score(group); }

std::unique_ptr<Rewarder> make_local_rewarder(const nlohmann::json& config, const std::string& source,
                                              RewardObserver* observer) {
  if (!config.is_array() || config.empty())
    throw Error(ErrorCode::invalid_argument, source + ": expected an array with at least one {\"name\": ...}, found " +
                                                 (config.is_array() ? "an empty one" : json_type_name(config)));
  std::vector<Weighted> rules;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < config.size(); ++i) {
    rules.push_back(make_weighted(config[i], source + "/" + std::to_string(i), names));
    names.push_back(rules.back().name);
  }
  return std::make_unique<LocalRewarder>(std::move(rules), observer);
}

void combine(Reward& reward, const std::vector<double>& weights) {
  HONE_CHECK(reward.components.size() == weights.size(),
             std::to_string(reward.components.size()) + " components, " + std::to_string(weights.size()) + " weights");
  reward.score = 0.0;
  bool any_scored = false;
  bool any_error = false;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const RewardComponent& component = reward.components[i];
    any_error = any_error || component.outcome == Outcome::error;
    if (component.outcome != Outcome::scored) continue;
    any_scored = true;
    reward.score += weights[i] * component.score;
  }
  reward.outcome = any_error ? Outcome::error : any_scored ? Outcome::scored : Outcome::skipped;
}

}  // namespace hone
