#include "rl/pipeline.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "proto/base/clock.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

/// Scores groups as they arrive, on as many threads of its own as keep the rewarder busy.
class Scorer {
 public:
  Scorer(Rewarder& rewarder, std::vector<Group>& groups, std::atomic<bool>& failed)
      : rewarder_(rewarder), groups_(groups), failed_(failed) {
    const std::size_t threads = std::clamp<std::size_t>(groups.size(), 1, std::max(1, rewarder.concurrency()));
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Scorer() { join(); }

  void push(std::size_t slot) {
    {
      const std::lock_guard lock(mutex_);
      ready_.push_back(slot);
    }
    wake_.notify_one();
  }
  /// Waits until all pushed groups are scored; rethrows what scoring threw.
  double finish() {
    join();
    if (error_) std::rethrow_exception(error_);
    return busy_s_;
  }

 private:
  void join() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  void work() {
    for (;;) {
      std::size_t slot = 0;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return closed_ || !ready_.empty(); });
        if (ready_.empty() || error_) return;
        slot = ready_.front();
        ready_.pop_front();
      }
      const auto start = Clock::now();
      try {
        rewarder_.score(groups_[slot]);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::current_exception();
        failed_ = true;
        return;
      }
      const double seconds = seconds_since(start);
      const std::lock_guard lock(mutex_);
      busy_s_ += seconds;
    }
  }

  Rewarder& rewarder_;
  std::vector<Group>& groups_;
  std::atomic<bool>& failed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::size_t> ready_;
  bool closed_ = false;
  std::exception_ptr error_;
  double busy_s_ = 0.0;
  std::vector<std::thread> threads_;
};

}  // namespace

std::vector<Group> collect_groups(const CollectRequest& request, RolloutSource& source, Rewarder& rewarder,
                                  const std::atomic<bool>* cancel, CollectStats& stats) {
  std::vector<Group> groups(request.indices.size());
  std::vector<RolloutRequest> requests(request.indices.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const TokenizedProblem& problem = request.problems[request.indices[i]];
    Group& group = groups[i];
    group.step = request.step;
    group.slot = request.first_slot + static_cast<uint32_t>(i);
    group.group_id = std::to_string(request.step) + "/" + std::to_string(group.slot);
    group.problem = problem.problem;
    group.prompt_token_ids = problem.prompt_token_ids;
    requests[i] = {group.group_id, {request.run_seed, request.step, group.slot}, problem.prompt_token_ids,
                      request.num_generations, request.params};
  }

  std::atomic<bool> scoring_failed{false};
  Scorer scorer(rewarder, groups, scoring_failed);
  stats.rollout = source.generate(
      requests,
      [&](std::size_t slot, RolloutResult result) {
        groups[slot].completions = std::move(result.completions);
        scorer.push(slot);
      },
      cancel);
  const auto generated = Clock::now();
  stats.score_s = scorer.finish();
  stats.score_wait_s = seconds_since(generated);
  return groups;
}

}  // namespace hone
