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
  std::optional<Gate> gate;
  std::unique_ptr<RewardFunction> function;
};

/// Components of one rule for the whole group. What a rule gets wrong (an exception, a wrong count, a score that is
/// not finite) becomes Outcome::error.
std::vector<RewardComponent> run(const Weighted& rule, const Group& group) {
  std::string reason;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    try {
      std::vector<RewardComponent> components = rule.function->score(group);
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
  explicit LocalRewarder(std::vector<Weighted> rules) : rules_(std::move(rules)) {
    for (const Weighted& rule : rules_) weights_.push_back(rule.weight);
  }

  void score(Group& group) override {
    for (Completion& completion : group.completions) completion.reward = {};
    for (const Weighted& rule : rules_) {
      std::vector<RewardComponent> components = run(rule, group);
      for (std::size_t i = 0; i < components.size(); ++i) {
        RewardComponent& component = components[i];
        if (!std::isfinite(component.score)) component = failed("the score is not finite");
        if (rule.gate) rule.gate->apply(group.completions[i], component);
        component.name = rule.name;
        group.completions[i].reward.components.push_back(std::move(component));
      }
    }
    for (Completion& completion : group.completions) combine(completion.reward, weights_);
  }

  std::vector<std::pair<std::string, double>> functions() const override {
    std::vector<std::pair<std::string, double>> out;
    for (const Weighted& rule : rules_) out.emplace_back(rule.name, rule.weight);
    return out;
  }

 private:
  std::vector<Weighted> rules_;
  std::vector<double> weights_;
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
  Json settings = entry;
  for (const char* key : {"name", "weight", "label", "only_if", "only_if_not"}) settings.erase(key);
  Weighted rule{label, weight, gate, make_reward_function(name, settings, source)};
  if (const std::string judge = rule.function->judge(); !judge.empty()) require_earlier(reader, "correct_by", judge, earlier);
  return rule;
}

}  // namespace

std::unique_ptr<Rewarder> make_local_rewarder(const nlohmann::json& config, const std::string& source) {
  if (!config.is_array() || config.empty())
    throw Error(ErrorCode::invalid_argument, source + ": expected an array with at least one {\"name\": ...}, found " +
                                                 (config.is_array() ? "an empty one" : json_type_name(config)));
  std::vector<Weighted> rules;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < config.size(); ++i) {
    rules.push_back(make_weighted(config[i], source + "/" + std::to_string(i), names));
    names.push_back(rules.back().name);
  }
  return std::make_unique<LocalRewarder>(std::move(rules));
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
