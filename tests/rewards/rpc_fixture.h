// Rewarders, groups and settings for tests of the reward server and its client, all on loopback.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "rewards/reward_client.h"
#include "rewards/rewarder.h"
#include "tests/proto/error_of.h"

namespace hone::testing {

using Functions = std::vector<std::pair<std::string, double>>;

/// Scores a completion by its length; a hook may block or throw first.
class LengthRewarder : public Rewarder {
 public:
  explicit LengthRewarder(double weight = 0.1, std::string settings = "{}")
      : weight_(weight), settings_(std::move(settings)) {}

  void score(Group& group) override { score_until(group, {}); }
  void score_until(Group& group, const std::stop_token& stop) override {
    ++calls;
    std::function<void(const std::stop_token&)> hook;
    {
      const std::lock_guard lock(mutex_);
      hook = hook_;
    }
    if (hook) hook(stop);
    for (Completion& c : group.completions) {
      c.reward.components = {{"length", static_cast<double>(c.text.size()) / 3.0, Outcome::scored, "\xff not UTF-8"}};
      combine(c.reward, {weight_});
    }
  }
  Functions functions() const override { return {{"length", weight_}}; }
  std::vector<std::string> settings() const override { return {settings_}; }

  /// Run before each group is scored.
  void before(std::function<void()> hook) {
    before_stoppable([hook = std::move(hook)](const std::stop_token&) { hook(); });
  }
  void before_stoppable(std::function<void(const std::stop_token&)> hook) {
    const std::lock_guard lock(mutex_);
    hook_ = std::move(hook);
  }
  std::atomic<int> calls{0};

 private:
  std::mutex mutex_;
  std::function<void(const std::stop_token&)> hook_;  // guarded by mutex_
  double weight_;
  std::string settings_;
};

inline Group make_group(int completions = 3) {
  Group group;
  group.group_id = "1/2";
  group.problem = {"p", "sums", "1+1=", "2", "{}"};
  for (int i = 0; i < completions; ++i) {
    Completion c;
    c.text = std::string(static_cast<std::size_t>(i + 1), '\xfe');
    c.token_ids = {i, 2};
    c.logprobs = {-0.5f, -0.25f};
    c.versions = {1, 1};
    group.completions.push_back(std::move(c));
  }
  return group;
}

inline RemoteRewarderSettings fast_settings(double budget_s = 30.0) {
  RemoteRewarderSettings settings;
  settings.rpc = {.connect_timeout_s = 5.0,
                  .call_timeout_s = 30.0,
                  .retry_budget_s = budget_s,
                  .backoff_initial_s = 0.01,
                  .backoff_max_s = 0.05};
  return settings;
}

/// Holds threads until release().
struct Latch {
  void wait() {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
  }
  void wait_for_waiting(int n) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting >= n; });
  }
  void release() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  bool open = false;
};

}  // namespace hone::testing
