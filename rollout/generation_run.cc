#include "rollout/generation_run.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "proto/base/error.h"

namespace hone {
namespace {
constexpr std::chrono::milliseconds kCancelCheckInterval{20};
}

GenerationRun::GenerationRun(std::span<const RolloutRequest> requests, CurrentWeights weights, std::size_t workers,
                             int32_t batch_requests)
    : requests_(requests),
      weights_(std::move(weights)),
      workers_(workers),
      batch_requests_(batch_requests),
      answered_(requests.size()),
      unanswered_(requests.size()) {
  for (std::size_t i = 0; i < requests.size(); ++i) pending_.push_back(i);
}

void GenerationRun::serve(WorkerLink& worker) {
  worker.reset_budget();
  try {
    while (attempt(worker)) {
    }
  } catch (...) {
    fail(std::current_exception());
  }
}

bool GenerationRun::attempt(WorkerLink& worker) {
  std::vector<std::size_t> batch;
  try {
    std::shared_ptr<const WeightSender> weights = weights_();
    worker.ensure(*weights);
    const WeightsId id = weights->id();
    const bool or_newer = weights->in_flight();
    weights.reset();  // the next set replaces it meanwhile
    batch = take(worker);
    if (batch.empty()) return false;
    worker.client.generate(id, or_newer, requests_, batch, [&](std::size_t index, RolloutResult result) {
      worker.reset_budget();
      add(index, std::move(result));
    });
    worker.reset_budget();
    return true;
  } catch (const Error& error) {
    give_back(batch);
    // A worker that answers failed_precondition to work lost its weights since ensure(): it was restarted.
    const bool restarted = !batch.empty() && error.code() == ErrorCode::failed_precondition;
    if (!is_retryable(error.code()) && !restarted) throw;
    if (!wait(std::chrono::duration<double>(0))) return false;
    const auto delay = worker.failed(error);
    if (delay) return wait(*delay);
    give_up(worker);
    return false;
  }
}

std::vector<std::size_t> GenerationRun::take(const WorkerLink& worker) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || unanswered_ == 0 || !pending_.empty(); });
  std::vector<std::size_t> batch;
  if (stopped_ || pending_.empty()) return batch;
  std::size_t limit = static_cast<std::size_t>(std::max(1, batch_requests_));
  if (batch_requests_ == 0) {
    const int32_t per_request = std::max(1, requests_[pending_.front()].num_generations);
    const std::size_t share = (pending_.size() + 2 * workers_ - 1) / (2 * workers_);
    limit = std::clamp<std::size_t>(static_cast<std::size_t>(worker.slots() / per_request), 1,
                                    std::max<std::size_t>(1, share));
  }
  while (!pending_.empty() && batch.size() < limit) {
    batch.push_back(pending_.front());
    pending_.pop_front();
  }
  return batch;
}

void GenerationRun::give_back(const std::vector<std::size_t>& indices) {
  {
    const std::lock_guard lock(mutex_);
    for (auto index = indices.rbegin(); index != indices.rend(); ++index)
      if (!answered_[*index]) pending_.push_front(*index);
  }
  changed_.notify_all();
}

void GenerationRun::add(std::size_t index, RolloutResult result) {
  {
    const std::lock_guard lock(mutex_);
    answered_[index] = true;
    --unanswered_;
    ready_.emplace_back(index, std::move(result));
  }
  changed_.notify_all();
}

void GenerationRun::fail(std::exception_ptr error) {
  {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    stopped_ = true;
  }
  changed_.notify_all();
}

void GenerationRun::give_up(const WorkerLink& worker) {
  std::string reasons;
  {
    const std::lock_guard lock(mutex_);
    given_up_reasons_ += (given_up_ > 0 ? "; " : "") + worker.last_error();
    if (++given_up_ < workers_) return;
    reasons = given_up_reasons_;
  }
  fail(std::make_exception_ptr(
      Error(ErrorCode::unavailable, "no rollout worker is left within the retry budget: " + reasons)));
}

void GenerationRun::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

/// False when the run ended meanwhile.
bool GenerationRun::wait(std::chrono::duration<double> delay) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, delay, [this] { return stopped_ || unanswered_ == 0; });
}

/// False when nothing came within the interval; throws what ended the run.
bool GenerationRun::next_result(std::pair<std::size_t, RolloutResult>& out) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kCancelCheckInterval, [this] { return error_ || !ready_.empty(); });
  if (error_) std::rethrow_exception(error_);
  if (ready_.empty()) return false;
  out = std::move(ready_.front());
  ready_.pop_front();
  return true;
}

RolloutStats GenerationRun::finish(const std::function<void(std::size_t, RolloutResult)>& on_result,
                                   const std::atomic<bool>* cancel) {
  const auto start = std::chrono::steady_clock::now();
  RolloutStats stats;
  std::pair<std::size_t, RolloutResult> next;
  for (std::size_t handed_out = 0; handed_out < requests_.size();) {
    if (cancel != nullptr && *cancel)
      throw Error(ErrorCode::cancelled, "generation was cancelled with " + std::to_string(handed_out) + " of " +
                                            std::to_string(requests_.size()) + " requests answered");
    if (!next_result(next)) continue;
    ++handed_out;
    stats.prompt_tokens += static_cast<int64_t>(requests_[next.first].prompt_token_ids.size());
    for (const Completion& completion : next.second.completions)
      stats.generated_tokens += static_cast<int64_t>(completion.token_ids.size());
    on_result(next.first, std::move(next.second));
  }
  stats.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return stats;
}

}  // namespace hone
