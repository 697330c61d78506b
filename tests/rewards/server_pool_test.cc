#include "rewards/server_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

namespace hone {
namespace {

using std::chrono::milliseconds;
using Server = std::optional<std::size_t>;

class ServerPoolTest : public ::testing::Test {
 protected:
  RpcSettings settings_{.backoff_initial_s = 0.1, .backoff_max_s = 0.4};
  ServerPool::Clock::time_point now_{std::chrono::hours(1)};
  std::vector<bool> none_ = std::vector<bool>(3, false);
  std::vector<bool> all_ = std::vector<bool>(3, true);
};

TEST_F(ServerPoolTest, IdleServersTakeTurns) {
  ServerPool pool(3, settings_);
  for (const std::size_t expected : {0, 1, 2, 0, 1, 2}) {
    EXPECT_EQ(pool.acquire(none_, now_), Server(expected));
    EXPECT_FALSE(pool.succeeded(expected));
  }
}

TEST_F(ServerPoolTest, TheLeastLoadedIsChosen) {
  ServerPool pool(3, settings_);
  for (int i = 0; i < 6; ++i) pool.acquire(none_, now_);  // two each
  pool.succeeded(1);
  EXPECT_EQ(pool.acquire(none_, now_), Server(1));
  pool.succeeded(2);
  pool.succeeded(2);
  EXPECT_EQ(pool.acquire(none_, now_), Server(2));
  EXPECT_EQ(pool.acquire(none_, now_), Server(2));
}

TEST_F(ServerPoolTest, AFailedServerIsLeftOutForItsBackOff) {
  ServerPool pool(2, settings_);
  EXPECT_EQ(pool.acquire(none_, now_), Server(0));
  EXPECT_EQ(pool.failed(0, now_), 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(pool.acquire(none_, now_ + milliseconds(99)), Server(1));
    pool.succeeded(1);
  }
  EXPECT_EQ(pool.acquire(none_, now_ + milliseconds(101)), Server(0));
  EXPECT_TRUE(pool.is_suspect(0));
  EXPECT_TRUE(pool.succeeded(0)) << "it is back";
  EXPECT_FALSE(pool.is_suspect(0));
  EXPECT_EQ(pool.acquire(none_, now_ + milliseconds(101)), Server(1));
  pool.succeeded(1);
  EXPECT_EQ(pool.acquire(none_, now_ + milliseconds(101)), Server(0));
  EXPECT_FALSE(pool.succeeded(0));
}

TEST_F(ServerPoolTest, BackOffDoublesUpToItsLimit) {
  ServerPool pool(1, settings_);
  auto time = now_;
  int failures = 0;
  for (const int wait_ms : {100, 200, 400, 400, 400}) {
    ASSERT_EQ(pool.acquire(all_, time), Server(0));
    EXPECT_EQ(pool.failed(0, time), ++failures);
    EXPECT_EQ(pool.acquire(all_, time + milliseconds(wait_ms - 1)), std::nullopt);
    EXPECT_EQ(pool.next_try(), time + milliseconds(wait_ms));
    time += milliseconds(wait_ms);
  }
}

TEST_F(ServerPoolTest, CallsThatFailTogetherAreOneFailure) {
  ServerPool pool(1, settings_);
  for (int i = 0; i < 3; ++i) pool.acquire(none_, now_);
  EXPECT_EQ(pool.failed(0, now_), 1);
  EXPECT_EQ(pool.failed(0, now_), 1);
  EXPECT_EQ(pool.failed(0, now_), 1);
  EXPECT_EQ(pool.next_try(), now_ + milliseconds(100));
}

TEST_F(ServerPoolTest, OneCallTriesAFailedServer) {
  ServerPool pool(2, settings_);
  pool.acquire(none_, now_);
  pool.failed(0, now_);
  const auto later = now_ + milliseconds(150);
  EXPECT_EQ(pool.acquire(none_, later), Server(1));
  EXPECT_EQ(pool.acquire(none_, later), Server(0)) << "its trial: it has fewer calls in work";
  EXPECT_EQ(pool.acquire(none_, later), Server(1)) << "the trial is under way";
  EXPECT_EQ(pool.acquire(none_, later), Server(1));
  EXPECT_EQ(pool.failed(0, later), 2);
  EXPECT_EQ(pool.acquire(none_, later + milliseconds(199)), Server(1));
}

TEST_F(ServerPoolTest, EveryServerIsTriedOnceBeforeGivingUp) {
  ServerPool pool(3, settings_);
  for (std::size_t i = 0; i < 3; ++i) pool.acquire(none_, now_);
  for (std::size_t i = 0; i < 3; ++i) pool.failed(i, now_ + milliseconds(i));
  std::vector<bool> tried(3, false);
  for (const std::size_t expected : {0, 1, 2}) {  // the one that is due first
    EXPECT_EQ(pool.acquire(tried, now_ + milliseconds(5)), Server(expected));
    pool.failed(expected, now_ + milliseconds(5));
    tried[expected] = true;
  }
  EXPECT_EQ(pool.acquire(tried, now_ + milliseconds(6)), std::nullopt);
}

TEST_F(ServerPoolTest, AFullServerIsLeftAloneAsLongAsItAsks) {
  ServerPool pool(1, settings_);
  pool.acquire(none_, now_);
  pool.full(0, 0.03, now_);
  EXPECT_EQ(pool.acquire(all_, now_ + milliseconds(29)), std::nullopt);
  EXPECT_EQ(pool.acquire(all_, now_ + milliseconds(31)), Server(0));
  pool.full(0, 60.0, now_);
  EXPECT_EQ(pool.next_try(), now_ + milliseconds(400)) << "no longer than the longest back-off";
  EXPECT_FALSE(pool.succeeded(0)) << "full is not failed";
}

TEST_F(ServerPoolTest, WithOnlyTrialsUnderWayThereIsNoNextTry) {
  ServerPool pool(1, settings_);
  pool.acquire(none_, now_);
  pool.failed(0, now_);
  EXPECT_EQ(pool.acquire(all_, now_ + milliseconds(100)), Server(0));
  EXPECT_EQ(pool.next_try(), std::nullopt);
  EXPECT_EQ(pool.acquire(all_, now_ + milliseconds(100)), std::nullopt);
  pool.released(0);
  EXPECT_TRUE(pool.next_try().has_value());
}

TEST_F(ServerPoolTest, TheEndOfATrialWakesThoseThatWait) {
  ServerPool pool(1, settings_);
  pool.acquire(none_, now_);
  pool.failed(0, now_);
  pool.acquire(all_, now_ + milliseconds(100));
  auto waiting = std::async(std::launch::async, [&] {
    while (!pool.acquire(all_)) pool.wait_until(ServerPool::Clock::now() + std::chrono::seconds(30));
  });
  EXPECT_TRUE(pool.succeeded(0));
  waiting.get();
}

}  // namespace
}  // namespace hone
