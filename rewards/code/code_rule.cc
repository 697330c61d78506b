// "code": runs the completion's program against the problem's tests in the sandbox.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/base/thread_pool.h"
#include "rewards/code/code_judge.h"
#include "rewards/code/code_settings.h"
#include "rewards/code/test_plan.h"
#include "rewards/rule.h"

namespace hone {
namespace {

/// Bounds the runs of all threads together.
class Slots {
 public:
  explicit Slots(int count) : free_(count) {}
  template <class Body>
  void run(Body body) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return free_ > 0; });
      --free_;
    }
    body();
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int free_;
};

class CodeRule final : public RewardFunction {
 public:
  explicit CodeRule(CodeSettings settings)
      : judge_(std::move(settings)),
        parallel_(judge_.settings().parallel > 0 ? judge_.settings().parallel : available_threads()),
        slots_(parallel_) {
    log_info("code reward: layers: ", judge_.sandbox().layers().describe());
  }

  std::vector<RewardComponent> score(const Group& group) const override { return score_until(group, {}); }

  std::vector<RewardComponent> score_until(const Group& group, const std::stop_token& stop) const override {
    TestPlan plan;
    try {
      plan = read_test_plan(group.problem);
    } catch (const Error& e) {
      return for_all(group, skipped(e.what()));
    }
    if (plan.empty()) return for_all(group, skipped("the problem has no tests"));
    std::vector<RewardComponent> components(group.completions.size());
    std::vector<CodeJudge::Case> cases;
    std::vector<std::size_t> owner;
    std::vector<std::unique_ptr<CodeJudge::Submission>> submissions;
    for (std::size_t i = 0; i < group.completions.size(); ++i) {
      submissions.push_back(judge_.submit(plan, group.problem, group.completions[i].text));
      for (const CodeJudge::Case& c : submissions.back()->cases()) {
        cases.push_back(c);
        owner.push_back(i);
      }
    }
    run_all(cases, stop);
    for (std::size_t i = 0; i < components.size(); ++i) components[i] = component_of(submissions[i]->result());
    return components;
  }

 private:
  /// The cases one after another on as many threads as there are slots; each case waits for a slot of the whole rule.
  /// Once nobody waits for the scores, cases that run end by themselves (each has its limits) and no other starts.
  void run_all(const std::vector<CodeJudge::Case>& cases, const std::stop_token& stop) const {
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t i = next++; i < cases.size() && !stop.stop_requested(); i = next++)
        slots_.run([&] {
          if (!stop.stop_requested()) cases[i]();
        });
    };
    std::vector<std::thread> threads;
    const std::size_t count = std::min<std::size_t>(cases.size(), static_cast<std::size_t>(parallel_));
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "code: given up, nobody waits for the scores any more");
  }

  static RewardComponent component_of(const CodeResult& result) {
    switch (result.outcome) {
      case Outcome::scored: return scored(result.score, result.detail);
      case Outcome::skipped: return skipped(result.detail);
      case Outcome::error: break;
    }
    return failed("code: " + result.detail);
  }

  CodeJudge judge_;
  int parallel_;
  mutable Slots slots_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_code(Settings& settings) {
  return std::make_unique<CodeRule>(read_code_settings(settings));
}

}  // namespace hone
