// The threads of the learner's own kernels. LibTorch's at::parallel_for is of no use here: it runs serially in code that is not
// compiled with OpenMP, and a second OpenMP library beside the one inside LibTorch would be a second set of threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "policy/kernels/parallel.h"
#include "policy/torch.h"

namespace hone {

/// As many threads as at::get_num_threads(), made at first use and again after at::set_num_threads. One caller at a time.
ThreadPool& compute_pool();

/// Runs task(i) for i in [0, count), handed out one by one; tasks must write different memory.
template <class Task>
void parallel_tasks(int64_t count, const Task& task) {
  if (count > 0) compute_pool().parallel_for(static_cast<std::size_t>(count), [&task](std::size_t i) { task(static_cast<int64_t>(i)); });
}

/// The same over ranges [begin, end) of `grain` items, for cheap items; how the loop is split must not matter to the results.
template <class Body>
void parallel_blocks(int64_t count, int64_t grain, const Body& body) {
  parallel_tasks((count + grain - 1) / grain, [&](int64_t i) { body(i * grain, std::min(count, (i + 1) * grain)); });
}

}  // namespace hone
