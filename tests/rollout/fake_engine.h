// A completion engine without a model: tokens are a pure function of request and weights, and a test decides when it
// may go on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/random.h"
#include "rollout/completion_engine.h"
#include "tests/proto/error_of.h"

namespace hone::testing {

inline std::vector<TensorSpec> small_tensors() { return {{"embed", {4, 3}}, {"empty", {0, 3}}, {"norm", {3}}}; }

/// Owned weights of `specs`, every value a function of `seed`.
inline WeightSet make_weights(const std::vector<TensorSpec>& specs, uint64_t seed) {
  WeightSet set;
  PhiloxStream rng(seed);
  for (const TensorSpec& spec : specs) {
    std::size_t n = 1;
    for (int64_t d : spec.shape) n *= static_cast<std::size_t>(d);
    std::vector<float> data(n);
    for (float& v : data) v = static_cast<float>(rng.next_uniform());
    set.tensors.push_back({spec.name, spec.shape, std::move(data)});
  }
  return set;
}

inline std::vector<RolloutRequest> make_requests(int count, int generations = 2, int tokens = 5) {
  std::vector<RolloutRequest> requests;
  for (int i = 0; i < count; ++i) {
    RolloutRequest r;
    r.group_id = "3/" + std::to_string(i);
    r.key = {0x1234567890ABCDEFull, 3, static_cast<uint32_t>(i)};
    r.prompt_token_ids = {1, i};
    r.num_generations = generations;
    r.params.max_new_tokens = tokens;
    requests.push_back(std::move(r));
  }
  return requests;
}

/// A door that engines wait at: open by default.
class Gate {
 public:
  void close() { set(false); }
  void open() { set(true); }
  /// Waits for the door, or for `cancel`.
  void pass(const std::atomic<bool>* cancel) {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    while (!changed_.wait_for(lock, std::chrono::milliseconds(5), [this] { return open_; }))
      if (cancel != nullptr && *cancel) return;
  }
  /// Blocks until `n` requests have come to the door since the start.
  void wait_for_arrivals(int n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ >= n; });
  }
  int arrivals() {
    const std::lock_guard lock(mutex_);
    return arrived_;
  }

 private:
  void set(bool open) {
    {
      const std::lock_guard lock(mutex_);
      open_ = open;
    }
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int arrived_ = 0;
};

class FakeEngine : public CompletionEngine {
 public:
  explicit FakeEngine(std::vector<TensorSpec> specs = small_tensors()) : specs_(std::move(specs)) {}

  const std::vector<TensorSpec>& tensors() const override { return specs_; }
  uint64_t version() const override { return version_; }
  void release_weights() override { ++releases; }
  void load_weights(std::span<const WeightView> weights, uint64_t version) override {
    if (weights.size() != specs_.size())
      throw Error(ErrorCode::invalid_argument, "fake engine: wrong number of tensors");
    first_ = weights.front().data.front();
    version_ = version;
    ++loads;
  }

  void stage_weights(std::span<const WeightView> weights, uint64_t version) override {
    load_weights(weights, version);
    ++stages;
  }

  RolloutStats generate(std::span<const RolloutRequest> requests,
                        const std::function<void(std::size_t, RolloutResult)>& on_result,
                        const std::atomic<bool>* cancel) override {
    RolloutStats stats;
    // Backwards, so that order of completion differs from order of asking.
    for (std::size_t i = requests.size(); i-- > 0;) {
      if (requests[i].prompt_token_ids.empty())
        throw Error(ErrorCode::invalid_argument, "request " + requests[i].group_id + ": empty prompt");
      gate.pass(cancel);
      if (cancel != nullptr && *cancel) {
        ++cancelled_calls;
        return stats;
      }
      on_result(i, complete(requests[i], stats));
    }
    return stats;
  }

  Gate gate;
  std::atomic<int> loads{0};
  std::atomic<int> stages{0};
  std::atomic<int> releases{0};
  std::atomic<int> cancelled_calls{0};

 private:
  RolloutResult complete(const RolloutRequest& r, RolloutStats& stats) const {
    RolloutResult result{r.group_id, {}};
    stats.prompt_tokens += static_cast<int64_t>(r.prompt_token_ids.size());
    for (int n = 0; n < r.num_generations; ++n) {
      Completion c;
      for (int t = 0; t < r.params.max_new_tokens; ++t) {
        const double u =
            sample_uniform(r.key.run_seed, r.key.step, r.key.slot, static_cast<uint32_t>(n), static_cast<uint32_t>(t));
        c.token_ids.push_back(static_cast<int32_t>(u * 1000.0));
        c.logprobs.push_back(static_cast<float>(-u) * first_);
        c.versions.push_back(version_);
      }
      c.text = "\xff\xfe text of " + r.group_id;  // not UTF-8
      stats.generated_tokens += r.params.max_new_tokens;
      result.completions.push_back(std::move(c));
    }
    return result;
  }

  std::vector<TensorSpec> specs_;
  std::atomic<uint64_t> version_{0};
  std::atomic<float> first_{0.0f};
};

inline bool same_bits(const RolloutResult& a, const RolloutResult& b) {
  if (a.group_id != b.group_id || a.completions.size() != b.completions.size()) return false;
  for (std::size_t i = 0; i < a.completions.size(); ++i) {
    const Completion& x = a.completions[i];
    const Completion& y = b.completions[i];
    if (x.token_ids != y.token_ids || x.logprobs != y.logprobs || x.versions != y.versions || x.text != y.text ||
        x.finish_reason != y.finish_reason)
      return false;
  }
  return true;
}

/// All results of a source by index; fails on a double.
inline std::vector<RolloutResult> collect(RolloutSource& source, std::span<const RolloutRequest> requests,
                                          const std::atomic<bool>* cancel = nullptr) {
  std::vector<RolloutResult> results(requests.size());
  std::vector<int> seen(requests.size());
  source.generate(
      requests,
      [&](std::size_t i, RolloutResult r) {
        if (++seen.at(i) > 1) throw Error(ErrorCode::internal, "a result came twice");
        results[i] = std::move(r);
      },
      cancel);
  return results;
}

}  // namespace hone::testing
