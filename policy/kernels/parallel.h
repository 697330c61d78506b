// Splits a loop into ranges for a ThreadPool when there is enough work to pay for waking its threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "proto/base/thread_pool.h"

namespace hone {

/// Who runs the tasks of a kernel: `run(n, body)` calls body(i) once for every i in [0, n), on up to `threads` threads at a time.
struct TaskRunner {
  int threads = 1;
  std::function<void(std::size_t n, const std::function<void(std::size_t)>& body)> run;
};

inline TaskRunner runner_of(ThreadPool& pool) {
  return {pool.size(), [&pool](std::size_t n, const std::function<void(std::size_t)>& body) { pool.parallel_for(n, body); }};
}

/// Floating-point operations below which a range stays on the calling thread (about 20 microseconds).
inline constexpr double kParallelWork = 1e6;
/// Operations that the time to fetch one weight from memory is worth.
inline constexpr int64_t kStreamCost = 24;

/// Calls body(begin, end) over [0, n) in ranges whose ends are multiples of `multiple` (so that wide tiles stay whole).
/// `work` is the floating-point operations per item. How the loop is split must not matter to the results.
template <class Body>
void parallel_ranges(ThreadPool* pool, int64_t n, double work, int64_t multiple, const Body& body) {
  if (n <= 0) return;
  const int64_t threads = pool == nullptr ? 1 : pool->size();
  const int64_t units = (n + multiple - 1) / multiple;
  const double total = work * static_cast<double>(n);
  if (threads == 1 || units == 1 || total < kParallelWork) return body(int64_t{0}, n);
  const int64_t affordable = std::max<int64_t>(2, static_cast<int64_t>(std::min(total / (kParallelWork / 2), 1e6)));
  const int64_t ranges = std::min({units, affordable, threads * 4});
  pool->parallel_for(static_cast<std::size_t>(ranges), [&](std::size_t i) {
    const int64_t begin = static_cast<int64_t>(i) * units / ranges * multiple;
    const int64_t end = std::min(n, (static_cast<int64_t>(i) + 1) * units / ranges * multiple);
    body(begin, end);
  });
}

}  // namespace hone
