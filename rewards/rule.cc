#include "rewards/rule.h"

#include <chrono>

namespace hone {

RewardComponent scored(double score, std::string detail) { return {"", score, Outcome::scored, std::move(detail)}; }
RewardComponent skipped(std::string detail) { return {"", 0.0, Outcome::skipped, std::move(detail)}; }
RewardComponent failed(std::string detail) { return {"", 0.0, Outcome::error, std::move(detail)}; }

std::vector<RewardComponent> for_all(const Group& group, const RewardComponent& component) {
  return std::vector<RewardComponent>(group.completions.size(), component);
}

std::vector<RewardComponent> RewardFunction::score_until(const Group& group, const std::stop_token&) const {
  return score(group);
}

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool stopped_by_itself(const Completion& completion) {
  return completion.finish_reason == FinishReason::stop_token || completion.finish_reason == FinishReason::stop_string;
}

}  // namespace hone
