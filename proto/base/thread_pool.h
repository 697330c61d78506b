// A fixed set of threads for data-parallel loops. Work is split by index, never by timing, so a caller that writes each
// index's result to its own place gets the same bits with any number of threads. Threads look for the next loop for some microseconds
// before they sleep, since loops follow each other closely and waking a thread takes as long as a small loop.
// Thread rule: parallel_for may be called from one thread at a time per pool; nested calls run inline.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hone {

class ThreadPool {
 public:
  /// `threads` includes the calling thread; 0 = number of hardware threads.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  /// Runs body(i) for i in [0, n), items handed out one by one; returns when all are done. The first exception is rethrown.
  void parallel_for(std::size_t n, const std::function<void(std::size_t)>& body);

 private:
  struct Job;
  void work();
  static void run_items(Job& job);

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  Job* job_ = nullptr;
  // Changed under mutex_; threads look at them without it before they sleep.
  std::atomic<uint64_t> generation_{0};
  std::atomic<int> active_{0};
  bool stopping_ = false;
};

/// Hardware threads this process may use (CPU affinity respected), at least 1.
int available_threads();

}  // namespace hone
