// Groups for reward tests, written as one line.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/trace.h"
#include "rewards/reward_function.h"

namespace hone {

inline Completion completion_of(std::string text, FinishReason finish = FinishReason::stop_token) {
  Completion completion;
  completion.text = std::move(text);
  completion.finish_reason = finish;
  return completion;
}

inline Group group_of(std::string reference, std::vector<Completion> completions) {
  Group group;
  group.problem.reference = std::move(reference);
  group.completions = std::move(completions);
  return group;
}

inline std::unique_ptr<RewardFunction> rule(const std::string& name, const std::string& settings = "{}") {
  return make_reward_function(name, parse_json(settings, "test"), "/rewards/functions/0");
}

/// What is wrong with a rule's settings; "no error" where nothing is.
inline std::string rule_error(const std::string& name, const std::string& settings) {
  try {
    rule(name, settings);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

/// The one component of one completion.
inline RewardComponent score_one(const RewardFunction& function, const std::string& reference, const std::string& text,
                                 FinishReason finish = FinishReason::stop_token) {
  return function.score(group_of(reference, {completion_of(text, finish)})).at(0);
}

}  // namespace hone
