#include "policy/autograd/compute_pool.h"

#include <memory>

namespace hone {

ThreadPool& compute_pool() {
  static std::unique_ptr<ThreadPool> pool;
  const int threads = at::get_num_threads();
  if (pool == nullptr || pool->size() != threads) {
    pool.reset();
    pool = std::make_unique<ThreadPool>(threads);
  }
  return *pool;
}

}  // namespace hone
