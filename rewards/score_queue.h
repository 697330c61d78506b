// A bounded first-in, first-out line of jobs and the threads that work it off. No gRPC.
//
// A job that waits can be taken out at any time, which frees its place at once. The queue never owns a job.
// Thread rule: any thread; `changed` is called with the queue's lock held and must not call back.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hone {

class ScoreQueue {
 public:
  class Job {
   public:
    /// What the job occupies while it waits.
    virtual std::size_t bytes() const = 0;
    /// Called once, on a thread of the queue, which does not touch the job afterwards. Must not throw.
    virtual void run() = 0;

   protected:
    ~Job() = default;
  };

  struct Limits {
    int running = 1;                       // threads, >= 1
    int waiting = 0;                       // jobs in line, >= 0
    std::size_t waiting_bytes = SIZE_MAX;  // of the jobs in line together; one job may always wait
  };
  struct Counts {
    int running = 0;
    int waiting = 0;
    std::size_t waiting_bytes = 0;
  };

  ScoreQueue(const Limits& limits, std::function<void(const Counts&)> changed);
  /// Waits for the jobs that run. No job may wait any more.
  ~ScoreQueue();
  ScoreQueue(const ScoreQueue&) = delete;
  ScoreQueue& operator=(const ScoreQueue&) = delete;

  /// False when the line is full; the job is then not touched.
  bool push(Job& job);
  /// True if `job` waited: it is out of the line and will not run. False if it runs, has run or was never pushed.
  bool remove(Job& job);
  /// Takes all that wait out of the line.
  std::vector<Job*> remove_all();

  Counts counts() const;
  /// How long a refused caller should stay away: about the time in which half of the line is worked off, 10 ms to 5 s.
  double retry_after_s() const;

 private:
  void work();
  void report();

  const Limits limits_;
  const std::function<void(const Counts&)> changed_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job*> line_;
  Counts counts_;
  double mean_job_s_ = 0.0;  // exponential average
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace hone
