// One thread that runs jobs on the engine in the order of their arrival, so that generation and weight swaps never
// overlap.
// Thread rule: any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace hone {

class EngineQueue {
 public:
  explicit EngineQueue(std::size_t max_waiting);
  /// Finishes the running job; waiting ones are dropped.
  ~EngineQueue();
  EngineQueue(const EngineQueue&) = delete;
  EngineQueue& operator=(const EngineQueue&) = delete;

  /// `job` must not throw. Throws resource_exhausted when `max_waiting` jobs wait already.
  void submit(std::function<void()> job);

 private:
  void work();

  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when the rest exists
};

}  // namespace hone
