// Generation in the learner's own process.
//
// A generate() call uses the weights that were current when it began. publish() waits for a running generate() and is
// in use when it returns; calls are served in the order of their arrival. With `in_flight`, publish() does not wait: a
// running generate() goes on with the new weights from its next token on.
// Thread rule: generate() and publish() may be called from different threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "rollout/completion_engine.h"
#include "rollout/fair_mutex.h"
#include "rollout/rollout_source.h"

namespace hone {

class LocalRollout : public RolloutSource, public WeightPublisher {
 public:
  explicit LocalRollout(std::unique_ptr<CompletionEngine> engine, bool in_flight = false);

  /// on_result runs on the calling thread, and only with complete results.
  RolloutStats generate(std::span<const RolloutRequest> requests,
                        const std::function<void(std::size_t, RolloutResult)>& on_result,
                        const std::atomic<bool>* cancel) override;
  /// Throws failed_precondition unless `version` is higher than the last published one, invalid_argument for a wrong
  /// name or shape or a value that is not finite; the old weights stay in use then.
  void publish(uint64_t version, std::span<const WeightView> weights) override;
  /// generate() throws failed_precondition until the next publish().
  void release() override;

 private:
  const bool in_flight_;
  FairMutex mutex_;               // the engine, but for stage_weights()
  std::mutex publishing_;         // taken before mutex_
  std::unique_ptr<CompletionEngine> engine_;
  std::optional<uint64_t> published_;  // guarded by publishing_
};

}  // namespace hone
