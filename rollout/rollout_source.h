// Prompts in, completions out, weights in: the two interfaces between the learner and whatever generates.
// In-process (rollout/local_rollout.h) and over gRPC (rollout/rollout_client.h) give the same bits.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "policy/weights.h"
#include "proto/base/trace.h"

namespace hone {

struct RolloutStats {
  int64_t prompt_tokens = 0;
  int64_t generated_tokens = 0;
  double seconds = 0.0;
};

class RolloutSource {
 public:
  virtual ~RolloutSource() = default;
  /// Blocks until all requests are answered. on_result(index, result) runs as each completes, in any order, never concurrently.
  /// Throws cancelled when `cancel` becomes true, unavailable when no worker is left within the retry budget. Work lost with a
  /// dead worker is generated again elsewhere (same keys and weights: same bits).
  virtual RolloutStats generate(std::span<const RolloutRequest> requests,
                                const std::function<void(std::size_t, RolloutResult)>& on_result,
                                const std::atomic<bool>* cancel) = 0;
};

class WeightPublisher {
 public:
  virtual ~WeightPublisher() = default;
  /// Makes every worker serve `version` (higher than all before); returns when the whole set is verified and in use
  /// (in-flight updates: used from the next forward pass on).
  virtual void publish(uint64_t version, std::span<const WeightView> weights) = 0;
  /// Nothing is generated before the next publish(): what this process holds of the weights for generation may go.
  virtual void release() {}
};

}  // namespace hone
