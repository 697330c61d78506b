#include "rollout/engine_queue.h"

#include <string>
#include <utility>

#include "proto/base/error.h"

namespace hone {

EngineQueue::EngineQueue(std::size_t max_waiting) : max_waiting_(max_waiting), thread_([this] { work(); }) {}

EngineQueue::~EngineQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void EngineQueue::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= max_waiting_)
      throw Error(ErrorCode::resource_exhausted, "the worker's queue is full: " + std::to_string(jobs_.size()) +
                                                     " calls wait, at most " + std::to_string(max_waiting_) + " may");
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void EngineQueue::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
}

}  // namespace hone
