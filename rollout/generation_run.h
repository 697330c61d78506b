// One generate() call spread over workers: who does what, what is left, who failed. No gRPC.
// Thread rule: serve() runs on one thread per worker, finish() on the caller's.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "rollout/rollout_source.h"
#include "rollout/worker_link.h"

namespace hone {

class GenerationRun {
 public:
  /// `weights`: the published set of now; asked before each batch, since in-flight updates replace it meanwhile.
  using CurrentWeights = std::function<std::shared_ptr<const WeightSender>()>;

  GenerationRun(std::span<const RolloutRequest> requests, CurrentWeights weights, std::size_t workers,
                int32_t batch_requests);

  /// Takes batches and generates them on `worker` until all requests are answered or the run has failed. Does not
  /// throw.
  void serve(WorkerLink& worker);
  /// Hands results to on_result until all are answered. Throws what ended the run.
  RolloutStats finish(const std::function<void(std::size_t, RolloutResult)>& on_result,
                      const std::atomic<bool>* cancel);
  /// Ends serve() on all threads soon; those in a call need their client cancelled.
  void stop();

 private:
  std::vector<std::size_t> take(const WorkerLink& worker);
  void give_back(const std::vector<std::size_t>& indices);
  void add(std::size_t index, RolloutResult result);
  void fail(std::exception_ptr error);
  void give_up(const WorkerLink& worker);
  bool attempt(WorkerLink& worker);
  bool wait(std::chrono::duration<double> delay);
  bool next_result(std::pair<std::size_t, RolloutResult>& out);

  const std::span<const RolloutRequest> requests_;
  const CurrentWeights weights_;
  const std::size_t workers_;
  const int32_t batch_requests_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::size_t> pending_;
  std::vector<bool> answered_;
  std::size_t unanswered_;
  std::deque<std::pair<std::size_t, RolloutResult>> ready_;
  std::size_t given_up_ = 0;
  std::string given_up_reasons_;
  std::exception_ptr error_;
  bool stopped_ = false;
};

}  // namespace hone
