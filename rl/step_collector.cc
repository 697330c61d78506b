#include "rl/step_collector.h"

#include <utility>

#include "proto/base/error.h"

namespace hone {
namespace {

WeightSet copy_of(std::span<const WeightView> weights) {
  WeightSet set;
  for (const WeightView& w : weights) set.tensors.push_back({w.name, w.shape, std::vector<float>(w.data.begin(), w.data.end())});
  return set;
}

}  // namespace

StepCollector::StepCollector(Collect collect, WeightPublisher& publisher, bool in_flight)
    : collect_(std::move(collect)), publisher_(publisher), in_flight_(in_flight), thread_([this] { work(); }) {}

StepCollector::~StepCollector() {
  abandoned_ = true;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void StepCollector::restore(std::deque<CollectedStep> steps) {
  const std::lock_guard lock(mutex_);
  HONE_CHECK(requests_.empty() && ready_.empty(), "restored after a request");
  ready_ = std::move(steps);
}

void StepCollector::request(int64_t step, uint64_t version, std::span<const WeightView> weights) {
  Request request{step, version, std::nullopt};
  if (version != last_version_) {
    std::unique_lock lock(mutex_);
    const bool idle = requests_.empty();
    lock.unlock();  // only this thread adds requests: idle stays idle
    if (idle || in_flight_) publisher_.publish(version, weights);
    else request.weights = copy_of(weights);
    last_version_ = version;
  }
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }
  changed_.notify_all();
}

void StepCollector::wait_until(const std::function<bool()>& condition, std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock, [&] { return error_ || condition(); });
  if (error_) std::rethrow_exception(error_);
}

CollectedStep StepCollector::next() {
  std::unique_lock lock(mutex_);
  HONE_CHECK(!ready_.empty() || !requests_.empty() || error_, "next() without a request");
  wait_until([this] { return !ready_.empty(); }, lock);
  CollectedStep step = std::move(ready_.front());
  ready_.pop_front();
  return step;
}

const std::deque<CollectedStep>& StepCollector::drain() {
  std::unique_lock lock(mutex_);
  wait_until([this] { return requests_.empty(); }, lock);
  return ready_;
}

void StepCollector::publish(uint64_t version, std::span<const WeightView> weights) {
  {
    const std::lock_guard lock(mutex_);
    HONE_CHECK(requests_.empty(), "publish() while steps are collected");
  }
  if (version == last_version_) return;
  publisher_.publish(version, weights);
  last_version_ = version;
}

void StepCollector::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closed_ || (!requests_.empty() && !error_); });
    if (closed_) return;
    Request& request = requests_.front();  // a deque keeps it in place while others are added behind
    lock.unlock();
    CollectedStep step{request.step, {}};
    std::exception_ptr error;
    try {
      if (request.weights) publisher_.publish(request.version, request.weights->views());
      request.weights.reset();
      step.groups = collect_(request.step, abandoned_);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (error) {
      error_ = error;
    } else {
      ready_.push_back(std::move(step));
      requests_.pop_front();
    }
    changed_.notify_all();
  }
}

}  // namespace hone
