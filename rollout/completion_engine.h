// What turns prompts into completions inside one process: the Generator in production, a fake in tests of the
// transport.
// Thread rule: one call at a time, except tensors(), version() and stage_weights(), which any thread may call while another generates.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "policy/model_config.h"
#include "policy/weights.h"
#include "proto/base/trace.h"
#include "rollout/rollout_source.h"

namespace hone {

class Generator;

class CompletionEngine {
 public:
  virtual ~CompletionEngine() = default;
  /// Names and shapes that load_weights takes, in order.
  virtual const std::vector<TensorSpec>& tensors() const = 0;
  /// Copies the weights; tokens generated from now on carry `version`. Throws invalid_argument and keeps the old ones
  /// on a mismatch.
  virtual void load_weights(std::span<const WeightView> weights, uint64_t version) = 0;
  /// In-flight update: as load_weights, but a generate() that runs goes on with the new weights from its next token on.
  virtual void stage_weights(std::span<const WeightView> weights, uint64_t version) = 0;
  /// Of the weights that came last.
  virtual uint64_t version() const = 0;
  /// Frees the weights; generate() throws failed_precondition until the next load_weights().
  virtual void release_weights() = 0;
  /// Calls on_result(index, result) on the calling thread as each request completes. When `cancel` becomes true it
  /// returns soon, with completions marked FinishReason::cancelled or without some results.
  virtual RolloutStats generate(std::span<const RolloutRequest> requests,
                                const std::function<void(std::size_t, RolloutResult)>& on_result,
                                const std::atomic<bool>* cancel) = 0;
};

/// The engine that runs `generator`, a model of `config`; the generator outlives it.
std::unique_ptr<CompletionEngine> make_generator_engine(Generator& generator, const ModelConfig& config);

/// False if any completion was cut short by cancellation.
bool is_complete(const RolloutResult& result);

}  // namespace hone
