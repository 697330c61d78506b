#include "rollout/engine_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "rollout/fair_mutex.h"
#include "tests/rollout/fake_engine.h"

namespace hone {
namespace {

TEST(EngineQueue, RunsInOrderOnOneThread) {
  EngineQueue queue(100);
  std::vector<int> order;  // touched by the queue's thread only
  std::promise<void> done;
  for (int i = 0; i < 50; ++i) queue.submit([&order, i] { order.push_back(i); });
  queue.submit([&] { done.set_value(); });
  done.get_future().wait();
  ASSERT_EQ(order.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(EngineQueue, IsBounded) {
  std::promise<void> started, release;
  EngineQueue queue(1);
  queue.submit([&] {
    started.set_value();
    release.get_future().wait();
  });
  started.get_future().wait();
  std::promise<void> second;
  queue.submit([&] { second.set_value(); });
  EXPECT_EQ(testing::error_of([&] { queue.submit([] {}); }), ErrorCode::resource_exhausted);
  release.set_value();
  second.get_future().wait();
}

TEST(FairMutex, ExcludesAndCountsRight) {
  FairMutex mutex;
  int64_t counter = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const std::lock_guard lock(mutex);
        ++counter;
      }
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(counter, 2000);
}

}  // namespace
}  // namespace hone
