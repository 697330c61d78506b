// The groups of one step. Without dynamic sampling: one round of prompts_per_step problems. With it (DAPO, arXiv:2503.14476,
// section 3.2): groups whose rewards do not differ teach nothing and are dropped, and more problems are sampled until
// prompts_per_step groups are kept or max_tries rounds are over. A group is kept or dropped whole.
//
// The n-th group of a step has slot n, kept or not, and random numbers of its own, so that the step is a function of weights,
// stream and step number wherever the groups are made.
// Thread rule: one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "rl/config.h"
#include "rl/metrics.h"
#include "rl/pipeline.h"
#include "rl/problem_stream.h"

namespace hone {

enum class GroupVerdict : uint8_t {
  keep,
  unscored,   // fewer than two completions have a reward
  no_spread,  // the rewards' deviation is at most min_std
  too_low,    // the mean is below min_mean
  too_high,   // the mean is above max_mean
};
/// Judges a scored group; always `keep` when dynamic sampling is off.
GroupVerdict judge(const Group& group, const DynamicSamplingSection& config);

/// Share of the scored completions whose reward is at least `pass_reward`; NaN when none was scored.
double pass_rate(const Group& group, double pass_reward);

struct StepGroups {
  std::vector<Group> groups;  // the kept ones in slot order, then the dropped ones in slot order
  std::size_t kept = 0;
  std::vector<GroupVerdict> dropped;  // why, one a dropped group
  int64_t tries = 0;
  CollectStats stats;  // sums over the tries

  std::span<Group> trained() { return std::span(groups).first(kept); }
};

/// Generates and scores the groups of `step` (0-based); draws from `stream` and tells it the pass rates. Throws what the source
/// or the rewarder throws.
StepGroups collect_step(const TrainConfig& config, std::span<const TokenizedProblem> problems, int64_t step,
                        ProblemStream& stream, RolloutSource& source, Rewarder& rewarder,
                        const std::atomic<bool>* cancel);

/// dynamic_sampling/{tries,generated_groups,kept_groups,dropped_*}, where it is on, and curriculum/*.
void add_sampling_metrics(const TrainConfig& config, const StepGroups& step, ProblemStream& stream, Metrics& metrics);

}  // namespace hone
