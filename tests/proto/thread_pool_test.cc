#include "proto/base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace hone {
namespace {

TEST(ThreadPool, RunsEveryIndexOnce) {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (std::size_t n : {0u, 1u, 3u, 1000u}) {
      std::vector<std::atomic<int>> seen(n);
      pool.parallel_for(n, [&](std::size_t i) { ++seen[i]; });
      for (const auto& count : seen) EXPECT_EQ(count, 1);
    }
  }
}

TEST(ThreadPool, ManyShortLoops) {
  ThreadPool pool(4);
  std::atomic<int64_t> sum{0};
  for (int round = 0; round < 500; ++round)
    pool.parallel_for(8, [&](std::size_t i) { sum += static_cast<int64_t>(i); });
  EXPECT_EQ(sum, 500 * 28);
}

TEST(ThreadPool, PassesOnExceptionsAndStaysUsable) {
  ThreadPool pool(3);
  for (int round = 0; round < 20; ++round)
    EXPECT_THROW(pool.parallel_for(50,
                                   [](std::size_t i) {
                                     if (i == 17) throw std::runtime_error("seventeen");
                                   }),
                 std::runtime_error);
  std::atomic<int> count{0};
  pool.parallel_for(10, [&](std::size_t) { ++count; });
  EXPECT_EQ(count, 10);
}

TEST(ThreadPool, NestedCallsRunInline) {
  ThreadPool pool(3);
  std::atomic<int> count{0};
  pool.parallel_for(4, [&](std::size_t) { pool.parallel_for(5, [&](std::size_t) { ++count; }); });
  EXPECT_EQ(count, 20);
}

TEST(AvailableThreads, IsAtLeastOne) { EXPECT_GE(available_threads(), 1); }

}  // namespace
}  // namespace hone
