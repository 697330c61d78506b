// From problems to scored groups: prompts -> RolloutSource -> Rewarder.
//
//   caller thread:   requests ──► RolloutSource.generate ──on_result──► ready queue
//   scorer threads:                                      ready queue ──► Rewarder.score ──► groups[slot]
//
// | who             | waits for                          | woken by                     |
// | --------------- | ---------------------------------- | ---------------------------- |
// | caller          | all results, then the scorer's end | RolloutSource, thread join   |
// | scorer          | the next generated group           | each result, or the end      |
//
// Scoring overlaps with generation; there are as many scorers as the rewarder's concurrency(). Groups come back in slot order whatever the order of arrival, so the result does not depend
// on timing. The reference answer is attached here, after generation: a worker never sees it.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "proto/base/trace.h"
#include "rewards/rewarder.h"
#include "rl/dataset.h"
#include "rollout/rollout_source.h"

namespace hone {

struct CollectStats {
  RolloutStats rollout;
  double score_s = 0.0;       // time in Rewarder.score, of all scorers together
  double score_wait_s = 0.0;  // time after the last completion until the last score
};

struct CollectRequest {
  std::span<const TokenizedProblem> problems;  // the data set
  std::span<const uint32_t> indices;           // which of its rows, in the order of slots
  uint64_t run_seed = 0;
  uint32_t step = 0;  // stream of the random numbers, see SampleKey
  int32_t num_generations = 1;
  SamplingParams params;
  uint32_t first_slot = 0;  // slot of indices[0] within the step
};

/// Evaluations draw from streams of their own, apart from every training step's.
inline constexpr uint32_t kEvalStepBase = 0x80000000u;

/// Throws what the source or the rewarder throws.
std::vector<Group> collect_groups(const CollectRequest& request, RolloutSource& source, Rewarder& rewarder,
                                  const std::atomic<bool>* cancel, CollectStats& stats);

}  // namespace hone
