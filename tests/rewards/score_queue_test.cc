#include "rewards/score_queue.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "tests/rewards/rpc_fixture.h"

namespace hone {
namespace {

using testing::Latch;

struct TestJob final : ScoreQueue::Job {
  explicit TestJob(std::function<void()> action, std::size_t size = 1) : body(std::move(action)), byte_count(size) {}
  std::size_t bytes() const override { return byte_count; }
  void run() override { body(); }

  std::function<void()> body;
  std::size_t byte_count;
};

/// One thread that is held by a job, so that what is pushed next waits.
struct HeldQueue {
  explicit HeldQueue(int waiting, std::size_t bytes = SIZE_MAX)
      : queue({.running = 1, .waiting = waiting, .waiting_bytes = bytes}, {}) {
    EXPECT_TRUE(queue.push(holder));
    latch.wait_for_waiting(1);
  }
  ~HeldQueue() { latch.release(); }

  Latch latch;
  TestJob holder{[this] { latch.wait(); }};
  ScoreQueue queue;
};

TEST(ScoreQueue, RunsInOrderOfArrival) {
  std::vector<int> order;
  Latch done;
  TestJob first([&] { order.push_back(1); }), second([&] { order.push_back(2); }), third([&] {
    order.push_back(3);
    done.wait();
  });
  HeldQueue held(3);
  EXPECT_TRUE(held.queue.push(first));
  EXPECT_TRUE(held.queue.push(second));
  EXPECT_TRUE(held.queue.push(third));
  EXPECT_EQ(held.queue.counts().waiting, 3);
  held.latch.release();
  done.wait_for_waiting(1);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(held.queue.counts().waiting, 0);
  done.release();
}

TEST(ScoreQueue, LineIsBounded) {
  TestJob first([] {}), second([] {}), third([] {});
  HeldQueue held(2);
  EXPECT_TRUE(held.queue.push(first));
  EXPECT_TRUE(held.queue.push(second));
  EXPECT_FALSE(held.queue.push(third));
  EXPECT_TRUE(held.queue.remove(first));
  EXPECT_TRUE(held.queue.push(third)) << "a removed job frees its place at once";
  EXPECT_TRUE(held.queue.remove(second));
  EXPECT_TRUE(held.queue.remove(third));
}

TEST(ScoreQueue, BytesAreBoundedButOneJobAlwaysWaits) {
  TestJob huge([] {}, 1000), small([] {}, 60), other([] {}, 50);
  HeldQueue held(10, 100);
  EXPECT_TRUE(held.queue.push(huge));
  EXPECT_FALSE(held.queue.push(small));
  EXPECT_TRUE(held.queue.remove(huge));
  EXPECT_TRUE(held.queue.push(small));
  EXPECT_EQ(held.queue.counts().waiting_bytes, 60u);
  EXPECT_FALSE(held.queue.push(other));
  EXPECT_FALSE(held.queue.push(huge));
  EXPECT_TRUE(held.queue.remove(small));
  EXPECT_EQ(held.queue.counts().waiting_bytes, 0u);
}

TEST(ScoreQueue, OnlyJobsThatWaitCanBeRemoved) {
  TestJob waiting([] { ADD_FAILURE() << "a removed job ran"; }), stranger([] {});
  HeldQueue held(1);
  EXPECT_TRUE(held.queue.push(waiting));
  EXPECT_FALSE(held.queue.remove(held.holder));
  EXPECT_FALSE(held.queue.remove(stranger));
  EXPECT_TRUE(held.queue.remove(waiting));
  EXPECT_FALSE(held.queue.remove(waiting));
}

TEST(ScoreQueue, RemoveAllEmptiesTheLine) {
  TestJob first([] { ADD_FAILURE(); }), second([] { ADD_FAILURE(); });
  HeldQueue held(2);
  EXPECT_TRUE(held.queue.push(first));
  EXPECT_TRUE(held.queue.push(second));
  EXPECT_EQ(held.queue.remove_all(), (std::vector<ScoreQueue::Job*>{&first, &second}));
  EXPECT_EQ(held.queue.counts().waiting, 0);
  EXPECT_EQ(held.queue.counts().running, 1);
}

TEST(ScoreQueue, RetryHintIsBounded) {
  HeldQueue held(1);
  EXPECT_EQ(held.queue.retry_after_s(), 0.01) << "nothing has been measured yet";
}

TEST(ScoreQueue, ManyThreadsLoseNothing) {
  constexpr int kJobs = 2000;
  std::atomic<int> ran{0}, removed{0};
  std::vector<std::unique_ptr<TestJob>> jobs;
  for (int i = 0; i < kJobs; ++i) jobs.push_back(std::make_unique<TestJob>([&] { ++ran; }));
  {
    ScoreQueue queue({.running = 3, .waiting = kJobs}, {});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = t; i < kJobs; i += 4) {
          ASSERT_TRUE(queue.push(*jobs[static_cast<std::size_t>(i)]));
          if (i % 3 == 0 && queue.remove(*jobs[static_cast<std::size_t>(i)])) ++removed;
        }
      });
    for (std::thread& thread : threads) thread.join();
    while (queue.counts().waiting > 0) std::this_thread::yield();
  }
  EXPECT_EQ(ran + removed, kJobs);
}

}  // namespace
}  // namespace hone
