// A mutex that serves its waiters in the order of their arrival: a loop of generate() calls cannot starve publish().
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace hone {

class FairMutex {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    const uint64_t ticket = next_ticket_++;
    turn_.wait(guard, [&] { return ticket == now_serving_; });
  }
  void unlock() {
    {
      const std::lock_guard guard(mutex_);
      ++now_serving_;
    }
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  uint64_t next_ticket_ = 0;
  uint64_t now_serving_ = 0;
};

}  // namespace hone
