#include "rl/data/gold_check.h"

#include "proto/base/json.h"
#include "rl/data/data_format.h"
#include "rl/right_score.h"

namespace hone {
namespace {

std::vector<std::string> forms_of(const std::string& reference) {
  return {reference, "\\boxed{" + reference + "}", "<answer>" + reference + "</answer>", "The answer is " + reference};
}

std::string detail_of(const Reward& reward) {
  for (const RewardComponent& part : reward.components)
    if (!part.detail.empty()) return part.name + ": " + part.detail;
  return reward.components.empty() ? "" : reward.components.front().name;
}

}  // namespace

GoldCheck::GoldCheck(const std::string& rewards, std::string format)
    : rewarder_(make_local_rewarder(parse_json(rewards, "--reward"), "--reward")), format_(std::move(format)) {}

GoldVerdict GoldCheck::check(const Problem& problem, const Json& row, const std::string& where) const {
  Group group;
  group.problem = problem;
  std::vector<std::string> texts;
  if (is_published_format(format_)) texts.push_back(data_format(format_).solution(row, where));
  else texts = forms_of(problem.reference);
  for (std::string& text : texts) {
    Completion& c = group.completions.emplace_back();
    c.text = std::move(text);
    c.finish_reason = FinishReason::stop_token;
  }
  rewarder_->score(group);
  const Reward& first = group.completions.front().reward;
  for (const Completion& c : group.completions)
    if (is_right(c.reward)) return {};
  for (const Completion& c : group.completions)
    if (c.reward.outcome == Outcome::error) return {GoldVerdict::Kind::error, detail_of(c.reward)};
  if (first.outcome == Outcome::skipped) return {GoldVerdict::Kind::unusable, detail_of(first)};
  return {GoldVerdict::Kind::fails, detail_of(first)};
}

}  // namespace hone
