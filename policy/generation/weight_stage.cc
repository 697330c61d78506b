#include "policy/generation/weight_stage.h"

#include <utility>

#include "proto/base/thread_pool.h"

namespace hone {

void WeightStage::put(std::span<const WeightView> weights, uint64_t version) {
  const std::lock_guard turn(packing_);
  std::unique_ptr<PackedModel> model;
  bool had_waited = false;
  {
    const std::lock_guard lock(mutex_);
    had_waited = full_.exchange(false);
    model = std::move(had_waited ? waiting_ : spare_);
  }
  if (model == nullptr) model = std::make_unique<PackedModel>(config_, storage_);
  ThreadPool alone(1);  // the generator's threads are at work
  try {
    model->load(weights, alone);
  } catch (...) {  // a refused set has changed nothing
    const std::lock_guard lock(mutex_);
    (had_waited ? waiting_ : spare_) = std::move(model);
    full_ = had_waited;
    throw;
  }
  const std::lock_guard lock(mutex_);
  waiting_ = std::move(model);
  version_ = version;
  full_ = true;
}

void WeightStage::take(PackedModel& model, uint64_t& version) {
  if (!full_) return;
  const std::lock_guard lock(mutex_);
  if (!full_) return;  // a put() took it back
  std::swap(model, *waiting_);
  spare_ = std::move(waiting_);
  version = version_;
  full_ = false;
}

void WeightStage::drop() {
  const std::lock_guard turn(packing_);
  const std::lock_guard lock(mutex_);
  waiting_.reset();
  spare_.reset();
  full_ = false;
}

}  // namespace hone
