// Bytes that the head allocates beyond its inputs and gradients.
#pragma once

#include <algorithm>

#include "policy/autograd/head.h"
#include "tests/policy/policy_test_support.h"

namespace hone {

/// Counts the bytes of tensors that live on this thread's CPU allocator.
class AllocationCount : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, int64_t bytes, std::size_t, std::size_t, c10::Device) override {
    now += bytes;
    peak = std::max(peak, now);
  }
  bool memoryProfilingEnabled() const override { return true; }

  int64_t now = 0, peak = 0;
};

inline int64_t peak_bytes(int64_t tokens, int64_t vocabulary, Numerics numerics) {
  constexpr int64_t kWidth = 8, kChunk = 128;
  const at::Tensor hidden = random_tensor({tokens, kWidth}, 1).set_requires_grad(true);
  const at::Tensor weight = random_tensor({vocabulary, kWidth}, 2).set_requires_grad(true);
  const at::Tensor rows = at::arange(tokens, at::kLong), targets = at::remainder(at::arange(tokens, at::kLong), vocabulary);
  const auto count = std::make_shared<AllocationCount>();
  {
    const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, count);
    torch::autograd::backward({score_targets(hidden, rows, weight, targets, {1.0, kChunk, true, false, numerics}).logprobs.sum()});
  }
  return count->peak - 4 * kWidth * (tokens + vocabulary);  // without the gradients
}

}  // namespace hone
