// Counts the multiply-adds of the products that run while a counter is installed: the measured side of rl/flops.h.
//
// Products report their shape once a call (m n k), attention the query-key pairs that are visible, not what blocks and panels add.
// Without a counter a call costs one relaxed load. Thread rule: any thread; install from one.
#pragma once

#include <atomic>
#include <cstdint>

namespace hone {

inline std::atomic<std::atomic<int64_t>*> g_work_counter{nullptr};

/// `multiply_adds` of one product.
inline void count_work(int64_t multiply_adds) {
  if (auto* counter = g_work_counter.load(std::memory_order_relaxed)) counter->fetch_add(multiply_adds, std::memory_order_relaxed);
}

/// Query-key pairs of `rows` consecutive rows of causal attention, of which the first sees `first_visible` positions.
inline int64_t visible_pairs(int64_t rows, int64_t first_visible) { return rows * first_visible + rows * (rows - 1) / 2; }

/// Counts from construction to destruction.
class WorkCount {
 public:
  WorkCount() { g_work_counter = &count_; }
  ~WorkCount() { g_work_counter = nullptr; }
  WorkCount(const WorkCount&) = delete;
  WorkCount& operator=(const WorkCount&) = delete;
  int64_t multiply_adds() const { return count_; }

 private:
  std::atomic<int64_t> count_{0};
};

}  // namespace hone
