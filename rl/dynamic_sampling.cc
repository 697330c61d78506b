#include "rl/dynamic_sampling.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "rl/advantages.h"
#include "rl/right_score.h"

namespace hone {
namespace {

std::vector<double> scored_rewards(const Group& group) {
  std::vector<double> rewards;
  for (const Completion& c : group.completions)
    if (c.reward.outcome == Outcome::scored) rewards.push_back(c.reward.score);
  return rewards;
}

void add(CollectStats& sum, const CollectStats& stats) {
  sum.rollout.prompt_tokens += stats.rollout.prompt_tokens;
  sum.rollout.generated_tokens += stats.rollout.generated_tokens;
  sum.rollout.seconds += stats.rollout.seconds;
  sum.score_s += stats.score_s;
  sum.score_wait_s += stats.score_wait_s;
}

}  // namespace

GroupVerdict judge(const Group& group, const DynamicSamplingSection& config) {
  if (!config.enabled) return GroupVerdict::keep;
  const std::vector<double> rewards = scored_rewards(group);
  if (rewards.size() < 2) return GroupVerdict::unscored;
  const Moments m = moments(rewards);
  if (m.std_dev <= std::max(config.min_std, kZeroStd)) return GroupVerdict::no_spread;
  if (config.min_mean && m.mean < *config.min_mean) return GroupVerdict::too_low;
  if (config.max_mean && m.mean > *config.max_mean) return GroupVerdict::too_high;
  return GroupVerdict::keep;
}

double pass_rate(const Group& group, double pass_reward) {
  const std::vector<double> rewards = scored_rewards(group);
  if (rewards.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto passed =
      std::count_if(rewards.begin(), rewards.end(), [&](double r) { return reaches(r, pass_reward); });
  return static_cast<double>(passed) / static_cast<double>(rewards.size());
}

StepGroups collect_step(const TrainConfig& config, std::span<const TokenizedProblem> problems, int64_t step,
                        ProblemStream& stream, RolloutSource& source, Rewarder& rewarder,
                        const std::atomic<bool>* cancel) {
  StepGroups out;
  std::vector<Group> dropped;
  const int64_t wanted = config.grpo.prompts_per_step;
  const int64_t tries = config.dynamic_sampling.enabled ? config.dynamic_sampling.max_tries : 1;
  uint32_t slot = 0;
  while (out.tries < tries && static_cast<int64_t>(out.groups.size()) < wanted) {
    const std::vector<uint32_t> indices = stream.next(wanted - static_cast<int64_t>(out.groups.size()), step);
    CollectStats stats;
    std::vector<Group> round =
        collect_groups({problems, indices, static_cast<uint64_t>(config.run.seed), static_cast<uint32_t>(step),
                        static_cast<int32_t>(config.grpo.num_generations), config.sampling_params(), slot},
                       source, rewarder, cancel, stats);
    add(out.stats, stats);
    for (std::size_t i = 0; i < round.size(); ++i) {
      stream.observe(indices[i], pass_rate(round[i], config.curriculum.pass_reward), step);
      const GroupVerdict verdict = judge(round[i], config.dynamic_sampling);
      if (verdict != GroupVerdict::keep) out.dropped.push_back(verdict);
      (verdict == GroupVerdict::keep ? out.groups : dropped).push_back(std::move(round[i]));
    }
    slot += static_cast<uint32_t>(indices.size());
    out.tries += 1;
  }
  out.problems = stream.state();
  out.counts = stream.take_counts();
  out.kept = out.groups.size();
  std::move(dropped.begin(), dropped.end(), std::back_inserter(out.groups));
  return out;
}

void add_sampling_metrics(const TrainConfig& config, const StepGroups& step, Metrics& metrics) {
  if (config.dynamic_sampling.enabled) {
    metrics.set_integer("dynamic_sampling/tries", step.tries);
    metrics.set_integer("dynamic_sampling/generated_groups", static_cast<int64_t>(step.groups.size()));
    metrics.set_integer("dynamic_sampling/kept_groups", static_cast<int64_t>(step.kept));
    for (const auto& [name, verdict] : {std::pair("dropped_no_spread", GroupVerdict::no_spread),
                                        {"dropped_too_low", GroupVerdict::too_low},
                                        {"dropped_too_high", GroupVerdict::too_high},
                                        {"dropped_unscored", GroupVerdict::unscored}})
      metrics.set_integer(std::string("dynamic_sampling/") + name,
                          std::count(step.dropped.begin(), step.dropped.end(), verdict));
    std::vector<double> kept_rewards;
    for (const Group& group : std::span(step.groups).first(step.kept)) {
      const std::vector<double> rewards = scored_rewards(group);
      kept_rewards.insert(kept_rewards.end(), rewards.begin(), rewards.end());
    }
    metrics.set("dynamic_sampling/kept_reward", moments(kept_rewards).mean);
  }
  if (config.curriculum.enabled) {
    metrics.set_integer("curriculum/resting_too_easy", step.counts.too_easy);
    metrics.set_integer("curriculum/resting_too_hard", step.counts.too_hard);
    metrics.set_integer("curriculum/skipped", step.counts.skipped);
    metrics.set_integer("curriculum/requeued", step.counts.requeued);
  }
}

}  // namespace hone
