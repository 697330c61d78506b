// A second packed model that waits to take the place of the one in use.
//
// put() packs while generation goes on; take() exchanges the two between two forward passes, which costs a few pointers. The set that
// was in use, or one that still waits, is packed over by the next put(): there are two sets at most, and soon nothing is allocated.
// Thread rule: put() from any thread, calls wait for each other; take() and drop() from the generating thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

#include "policy/generation/packed_model.h"

namespace hone {

class WeightStage {
 public:
  WeightStage(const ModelConfig& config, WeightStorage storage) : config_(config), storage_(storage) {}

  /// Errors as PackedModel::load; what waited before goes on waiting then, else it is replaced (and cannot be taken while this packs).
  void put(std::span<const WeightView> weights, uint64_t version);

  /// Exchanges `model` for the set that waits, if one does.
  void take(PackedModel& model, uint64_t& version);

  /// Forgets the set that waits and frees the memory of both.
  void drop();

 private:
  const ModelConfig& config_;
  const WeightStorage storage_;
  std::mutex packing_;  // one put() at a time; taken before mutex_
  std::mutex mutex_;
  std::unique_ptr<PackedModel> waiting_, spare_;  // guarded by mutex_
  uint64_t version_ = 0;                          // of waiting_
  std::atomic<bool> full_{false};                 // waiting_ is there: take() costs one load when not
};

}  // namespace hone
