// What the rules share: one component per completion, and the factories that rewards/registry.cc lists.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proto/base/trace.h"
#include "rewards/reward_function.h"
#include "rewards/settings.h"

namespace hone {

RewardComponent scored(double score, std::string detail = "");
RewardComponent skipped(std::string detail);
RewardComponent failed(std::string detail);

/// The same component for every completion of `group`.
std::vector<RewardComponent> for_all(const Group& group, const RewardComponent& component);

/// Reading of a clock that never goes back.
double monotonic_seconds();

/// rule(completion) for every completion, in order, with the time that each took.
template <class Rule>
std::vector<RewardComponent> for_each_completion(const Group& group, Rule rule) {
  std::vector<RewardComponent> components;
  components.reserve(group.completions.size());
  for (const Completion& completion : group.completions) {
    const double start = monotonic_seconds();
    RewardComponent& component = components.emplace_back(rule(completion));
    component.seconds = monotonic_seconds() - start;
  }
  return components;
}

/// True where the model ended the text itself: a stop token or a stop string, not the length limit.
bool stopped_by_itself(const Completion& completion);

std::unique_ptr<RewardFunction> make_code(Settings& settings);
std::unique_ptr<RewardFunction> make_command(Settings& settings);
std::unique_ptr<RewardFunction> make_cosine_length(Settings& settings);
std::unique_ptr<RewardFunction> make_countdown(Settings& settings);
std::unique_ptr<RewardFunction> make_exact_match(Settings& settings);
std::unique_ptr<RewardFunction> make_expression(Settings& settings);
std::unique_ptr<RewardFunction> make_format(Settings& settings);
std::unique_ptr<RewardFunction> make_integer_answer(Settings& settings);
std::unique_ptr<RewardFunction> make_json_schema(Settings& settings);
std::unique_ptr<RewardFunction> make_language(Settings& settings);
std::unique_ptr<RewardFunction> make_multiple_choice(Settings& settings);
std::unique_ptr<RewardFunction> make_math(Settings& settings);
std::unique_ptr<RewardFunction> make_numeric(Settings& settings);
std::unique_ptr<RewardFunction> make_overlong(Settings& settings);
std::unique_ptr<RewardFunction> make_plugin(Settings& settings);
std::unique_ptr<RewardFunction> make_prefix_match(Settings& settings);
std::unique_ptr<RewardFunction> make_regex(Settings& settings);
std::unique_ptr<RewardFunction> make_repetition(Settings& settings);
std::unique_ptr<RewardFunction> make_word_count(Settings& settings);

}  // namespace hone
