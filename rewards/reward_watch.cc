#include "rewards/reward_watch.h"

#include <algorithm>
#include <cmath>

#include "proto/base/log.h"
#include "rewards/text.h"

namespace hone {
namespace {

std::string percent(double share) { return std::to_string(std::lround(100 * share)) + " %"; }

bool counts(const Completion& completion, std::size_t functions) {
  return completion.reward.outcome == Outcome::scored && completion.reward.components.size() == functions;
}

/// weight * score; a component that does not count adds nothing to the total.
double part(const Completion& completion, std::size_t k, double weight) {
  const RewardComponent& component = completion.reward.components[k];
  return component.outcome == Outcome::scored ? weight * component.score : 0.0;
}

}  // namespace

RewardWatch::RewardWatch(std::vector<std::pair<std::string, double>> functions, Warn warn)
    : functions_(std::move(functions)), warn_(std::move(warn)), windows_(functions_.size()) {
  if (!warn_) warn_ = [](const std::string& text) { log_warning(text); };
}

void RewardWatch::observe(std::span<const Group> groups) {
  for (std::size_t k = 0; k < functions_.size(); ++k) count_errors(groups, k);
  for (const Group& group : groups) add_variances(group);
  if (++steps_ < kWatchSteps) return;
  judge_window();
  steps_ = 0;
  total_variance_ = 0.0;
  windows_.assign(functions_.size(), {});
}

void RewardWatch::count_errors(std::span<const Group> groups, std::size_t k) {
  int64_t errors = 0, all = 0;
  std::string example;
  for (const Group& group : groups)
    for (const Completion& completion : group.completions) {
      if (k >= completion.reward.components.size()) continue;
      const RewardComponent& component = completion.reward.components[k];
      ++all;
      if (component.outcome != Outcome::error) continue;
      if (errors++ == 0) example = component.detail + "; completion '" + excerpt(completion.text, 200) + "'";
    }
  windows_[k].scores += all;
  windows_[k].errors += errors;
  if (errors > 0)
    warn_once("error", k,
              "failed on " + std::to_string(errors) + " of " + std::to_string(all) +
                  " completions of this step, which leave the baseline. The first: " + example);
}

void RewardWatch::add_variances(const Group& group) {
  std::vector<double> means(functions_.size(), 0.0);
  int64_t count = 0;
  for (const Completion& completion : group.completions) {
    if (!counts(completion, functions_.size())) continue;
    ++count;
    for (std::size_t k = 0; k < means.size(); ++k) means[k] += part(completion, k, functions_[k].second);
  }
  if (count < 2) return;
  for (double& mean : means) mean /= static_cast<double>(count);
  for (const Completion& completion : group.completions) {
    if (!counts(completion, functions_.size())) continue;
    std::vector<double> deviations(means.size());
    double total = 0.0;
    for (std::size_t k = 0; k < means.size(); ++k) {
      deviations[k] = part(completion, k, functions_[k].second) - means[k];
      total += deviations[k];
    }
    total_variance_ += total * total;
    for (std::size_t k = 0; k < means.size(); ++k) windows_[k].covariance += deviations[k] * total;
  }
}

void RewardWatch::judge_window() {
  const std::string steps = "over the last " + std::to_string(kWatchSteps) + " steps";
  for (std::size_t k = 0; k < functions_.size(); ++k) {
    const Window& window = windows_[k];
    const double error_share =
        window.scores > 0 ? static_cast<double>(window.errors) / static_cast<double>(window.scores) : 0.0;
    if (error_share > kManyErrors)
      warn_once("many errors", k, "failed on " + percent(error_share) + " of all completions " + steps);
    if (functions_.size() < 2 || total_variance_ <= 0.0 || functions_[k].second == 0.0) continue;
    const double share = window.covariance / total_variance_;
    if (share > kDominantShare)
      warn_once("dominates", k,
                "makes " + percent(share) + " of the reward's variance within groups " + steps +
                    ": the other functions teach next to nothing; look at their weights");
  }
}

void RewardWatch::warn_once(const std::string& condition, std::size_t k, const std::string& text) {
  if (warned_.insert({condition, k}).second) warn_("reward function " + functions_[k].first + " " + text);
}

}  // namespace hone
