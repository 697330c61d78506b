#include "proto/base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>

namespace hone {

struct ThreadPool::Job {
  std::size_t n = 0;
  const std::function<void(std::size_t)>* body = nullptr;
  std::atomic<std::size_t> next{0};
  std::mutex error_mutex;
  std::exception_ptr error;
};

namespace {

thread_local bool t_inside_pool = false;

/// Some 20 to 50 microseconds: a thread that has to be woken costs about as much.
constexpr int kLooks = 5000;

inline void pause_thread() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Looks for a short while whether `done` holds, before the caller waits for it properly.
template <class Done>
void look(const Done& done) {
  for (int i = 0; i < kLooks && !done(); ++i) pause_thread();
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  if (threads <= 0) threads = available_threads();
  workers_.reserve(static_cast<std::size_t>(threads - 1));
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run_items(Job& job) {
  t_inside_pool = true;
  for (std::size_t i = job.next.fetch_add(1); i < job.n; i = job.next.fetch_add(1)) {
    try {
      (*job.body)(i);
    } catch (...) {
      const std::lock_guard lock(job.error_mutex);
      if (!job.error) job.error = std::current_exception();
      job.next.store(job.n);
    }
  }
  t_inside_pool = false;
}

void ThreadPool::parallel_for(std::size_t n, const std::function<void(std::size_t)>& body) {
  if (n == 0) return;
  if (n == 1 || workers_.empty() || t_inside_pool) {
    for (std::size_t i = 0; i < n; ++i) body(i);
    return;
  }
  Job job;
  job.n = n;
  job.body = &body;
  {
    const std::lock_guard lock(mutex_);
    job_ = &job;
    ++generation_;
  }
  wake_.notify_all();
  run_items(job);
  {
    const std::lock_guard lock(mutex_);
    job_ = nullptr;  // a thread that comes late finds nothing
  }
  look([this] { return active_.load() == 0; });
  {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return active_ == 0; });
  }
  if (job.error) std::rethrow_exception(job.error);
}

void ThreadPool::work() {
  uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    lock.unlock();
    look([&] { return generation_.load() != seen; });
    lock.lock();
    if (job_ == nullptr && generation_ != seen && !stopping_) {
      seen = generation_;  // it came too late for that loop
      continue;
    }
    wake_.wait(lock, [&] { return stopping_ || (job_ != nullptr && generation_ != seen); });
    if (stopping_) return;
    seen = generation_;
    Job* job = job_;
    ++active_;
    lock.unlock();
    run_items(*job);
    lock.lock();
    if (--active_ == 0) done_.notify_all();
  }
}

int available_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace hone
