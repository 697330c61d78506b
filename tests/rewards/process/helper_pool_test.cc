#include "rewards/process/helper_pool.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/rewards/process/test_helper.h"

namespace hone {
namespace {

TEST(HelperPool, StartsNoMoreThanItNeeds) {
  HelperPool pool(test_helper(), 4);
  EXPECT_EQ(pool.size(), 4);
  EXPECT_EQ(pool.starts(), 0);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(pool.request("echo " + std::to_string(i)).text, std::to_string(i));
  EXPECT_EQ(pool.starts(), 1);
}

TEST(HelperPool, ManyThreadsEachGetTheirOwnAnswer) {
  constexpr int kThreads = 16, kRequests = 50;
  HelperPool pool(test_helper(), 3);
  std::atomic<int> right = 0, crashed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRequests; ++i) {
        if (t == 0 && i % 10 == 0) {
          crashed += pool.request("abort").status == HelperStatus::crashed;
        } else {
          const std::string text = std::to_string(t) + "/" + std::to_string(i);
          right += pool.request("echo " + text).text == text;
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(crashed, kRequests / 10);
  EXPECT_EQ(right, kThreads * kRequests - kRequests / 10);
  EXPECT_GE(pool.starts(), 1 + kRequests / 10 - 1);
  EXPECT_LE(pool.starts(), 3 + kRequests / 10);
}

TEST(HelperPool, PoolsOfManyThreadsAtOnceHoldNoPipeOfEachOther) {
  constexpr int kThreads = 8, kRounds = 10;
  const std::size_t before = open_descriptors();
  std::atomic<int> three = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        HelperProcess helper(test_helper());
        three += helper.request("descriptors").text == "3";
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(three, kThreads * kRounds);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a zombie is left";
}

TEST(HelperPool, AHelperOutlivesTheThreadThatStartedIt) {
  HelperPool pool(test_helper(), 1);
  std::string first;
  std::thread([&] { first = pool.request("group").text; }).join();
  EXPECT_EQ(pool.request("group").text, first);
  EXPECT_EQ(pool.starts(), 1);
  const std::size_t space = first.find(' ');
  EXPECT_EQ(first.substr(0, space), first.substr(space + 1)) << "the helper leads its group";
}

}  // namespace
}  // namespace hone
