#include "rewards/score_queue.h"

#include <algorithm>
#include <utility>

#include "proto/base/error.h"

namespace hone {
namespace {

constexpr double kAverageWeight = 0.1;  // of the newest job
constexpr double kMinRetryAfterS = 0.01;
constexpr double kMaxRetryAfterS = 5.0;

}  // namespace

ScoreQueue::ScoreQueue(const Limits& limits, std::function<void(const Counts&)> changed)
    : limits_(limits), changed_(std::move(changed)) {
  HONE_CHECK(limits_.running >= 1 && limits_.waiting >= 0, "a queue needs a thread");
  for (int i = 0; i < limits_.running; ++i) threads_.emplace_back([this] { work(); });
}

ScoreQueue::~ScoreQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool ScoreQueue::push(Job& job) {
  {
    const std::lock_guard lock(mutex_);
    if (counts_.running + counts_.waiting >= limits_.running + limits_.waiting) return false;
    const std::size_t bytes = job.bytes();
    if (counts_.waiting > 0 && (bytes > limits_.waiting_bytes || counts_.waiting_bytes > limits_.waiting_bytes - bytes))
      return false;
    line_.push_back(&job);
    ++counts_.waiting;
    counts_.waiting_bytes += bytes;
    report();
  }
  wake_.notify_one();
  return true;
}

bool ScoreQueue::remove(Job& job) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(line_.begin(), line_.end(), &job);
  if (found == line_.end()) return false;
  line_.erase(found);
  --counts_.waiting;
  counts_.waiting_bytes -= job.bytes();
  report();
  return true;
}

std::vector<ScoreQueue::Job*> ScoreQueue::remove_all() {
  const std::lock_guard lock(mutex_);
  std::vector<Job*> jobs(line_.begin(), line_.end());
  line_.clear();
  counts_.waiting = 0;
  counts_.waiting_bytes = 0;
  report();
  return jobs;
}

ScoreQueue::Counts ScoreQueue::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

double ScoreQueue::retry_after_s() const {
  const std::lock_guard lock(mutex_);
  return std::clamp(mean_job_s_ * (1 + counts_.waiting / 2) / limits_.running, kMinRetryAfterS, kMaxRetryAfterS);
}

void ScoreQueue::report() {
  if (changed_) changed_(counts_);
}

void ScoreQueue::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !line_.empty(); });
    if (line_.empty()) return;
    Job* const job = line_.front();
    line_.pop_front();
    --counts_.waiting;
    counts_.waiting_bytes -= job->bytes();
    ++counts_.running;
    report();
    lock.unlock();
    const auto start = std::chrono::steady_clock::now();
    job->run();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    lock.lock();
    mean_job_s_ += (mean_job_s_ == 0.0 ? 1.0 : kAverageWeight) * (seconds - mean_job_s_);
    --counts_.running;
    report();
  }
}

}  // namespace hone
