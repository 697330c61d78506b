#include "rewards/gate.h"

#include <algorithm>

#include "proto/base/json.h"
#include "proto/base/suggest.h"
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {

std::optional<Gate> Gate::read(Settings& entry, std::span<const std::string> earlier) {
  std::optional<Gate> gate;
  for (const std::string key : {"only_if", "only_if_not"}) {
    const Json& value = entry.value(key);
    if (value.is_null()) continue;
    if (gate) entry.fail(key, "an entry has one of only_if and only_if_not, not both");
    gate.emplace();
    gate->inverted_ = key == "only_if_not";
    if (value.is_string()) {
      gate->judge_ = value.get<std::string>();
    } else if (value.is_object()) {
      Settings inner(value, entry.source() + "/" + key);
      gate->judge_ = inner.text("name");
      gate->at_least_ = inner.number("at_least", 1.0);
      inner.reject_unknown();
    } else {
      entry.fail(
          key, "expected the name of an earlier function, or {\"name\", \"at_least\"}, found " + json_type_name(value));
    }
    require_earlier(entry, key, gate->judge_, earlier);
  }
  return gate;
}

void Gate::apply(const Completion& completion, RewardComponent& component) const {
  const RewardComponent* verdict = component_named(completion, judge_);
  if (!verdict || verdict->outcome != Outcome::scored) {
    component = skipped(judge_ + " gave no score");
    return;
  }
  const bool right = verdict->score >= at_least_;
  if (right == inverted_)
    component = skipped(std::string("only where ") + judge_ + (inverted_ ? " is below its mark" : " reaches its mark"));
}

const RewardComponent* component_named(const Completion& completion, const std::string& name) {
  const auto& components = completion.reward.components;
  const auto found =
      std::find_if(components.begin(), components.end(), [&](const RewardComponent& c) { return c.name == name; });
  return found == components.end() ? nullptr : &*found;
}

void require_earlier(const Settings& entry, const std::string& key, const std::string& name,
                     std::span<const std::string> earlier) {
  if (std::find(earlier.begin(), earlier.end(), name) != earlier.end()) return;
  entry.fail(key, "there is no function '" + excerpt(name) + "' earlier in the list" +
                      (earlier.empty() ? "; the function that judges stands first" : suggestion(name, earlier)));
}

}  // namespace hone
