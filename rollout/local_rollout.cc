#include "rollout/local_rollout.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "proto/base/error.h"
#include "rollout/weight_transfer.h"

namespace hone {

bool is_complete(const RolloutResult& result) {
  return std::none_of(result.completions.begin(), result.completions.end(),
                      [](const Completion& c) { return c.finish_reason == FinishReason::cancelled; });
}

LocalRollout::LocalRollout(std::unique_ptr<CompletionEngine> engine, bool in_flight)
    : in_flight_(in_flight), engine_(std::move(engine)) {}

RolloutStats LocalRollout::generate(std::span<const RolloutRequest> requests,
                                    const std::function<void(std::size_t, RolloutResult)>& on_result,
                                    const std::atomic<bool>* cancel) {
  const std::lock_guard lock(mutex_);
  std::size_t answered = 0;
  const RolloutStats stats = engine_->generate(
      requests,
      [&](std::size_t index, RolloutResult result) {
        if (!is_complete(result)) return;
        ++answered;
        on_result(index, std::move(result));
      },
      cancel);
  if (answered == requests.size()) return stats;
  HONE_CHECK(cancel != nullptr && *cancel, "the engine left requests unanswered");
  throw Error(ErrorCode::cancelled, "generation was cancelled with " + std::to_string(answered) + " of " +
                                        std::to_string(requests.size()) + " requests answered");
}

void LocalRollout::publish(uint64_t version, std::span<const WeightView> weights) {
  const std::lock_guard turn(publishing_);
  if (published_ && version <= *published_)
    throw Error(ErrorCode::failed_precondition, "weights of version " + std::to_string(version) +
                                                    " published after version " + std::to_string(*published_) +
                                                    "; versions must rise");
  for (const WeightView& tensor : weights) require_finite(tensor.name, tensor.data);
  if (in_flight_) {
    engine_->stage_weights(weights, version);
  } else {
    const std::lock_guard lock(mutex_);
    engine_->load_weights(weights, version);
  }
  published_ = version;
}

void LocalRollout::release() {
  const std::lock_guard lock(mutex_);
  engine_->release_weights();
}

}  // namespace hone
