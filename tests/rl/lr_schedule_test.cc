#include "rl/lr_schedule.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "proto/base/error.h"

namespace hone {
namespace {

LrScheduleConfig config(LrSchedulerType type, int64_t warmup, int64_t total) {
  LrScheduleConfig c;
  c.type = type;
  c.learning_rate = 2.0;
  c.num_warmup_steps = warmup;
  c.num_training_steps = total;
  return c;
}

TEST(LrSchedule, LinearRisesThenFallsToZeroAndStays) {
  const LrSchedule schedule(config(LrSchedulerType::linear, 2, 6));
  EXPECT_DOUBLE_EQ(schedule.rate(0), 0.0);
  EXPECT_DOUBLE_EQ(schedule.rate(1), 1.0);
  EXPECT_DOUBLE_EQ(schedule.rate(2), 2.0);
  EXPECT_DOUBLE_EQ(schedule.rate(4), 1.0);
  EXPECT_DOUBLE_EQ(schedule.rate(6), 0.0);
  EXPECT_DOUBLE_EQ(schedule.rate(int64_t{1} << 60), 0.0);
}

TEST(LrSchedule, ConstantIgnoresWarmup) {
  EXPECT_DOUBLE_EQ(LrSchedule(config(LrSchedulerType::constant, 5, 10)).rate(0), 2.0);
}

TEST(LrSchedule, IsAPureFunctionOfTheStep) {
  const LrSchedule schedule(config(LrSchedulerType::cosine, 3, 20));
  const double first = schedule.rate(11);
  for (int64_t t = 0; t < 30; ++t) schedule.rate(t);
  EXPECT_EQ(schedule.rate(11), first);
}

TEST(LrSchedule, RejectsValuesOutsideTheirLimits) {
  const auto broken = [](auto change) {
    LrScheduleConfig c = config(LrSchedulerType::cosine, 0, 10);
    change(c);
    EXPECT_THROW(LrSchedule{c}, Error);
  };
  broken([](auto& c) { c.learning_rate = -1; });
  broken([](auto& c) { c.learning_rate = std::numeric_limits<double>::infinity(); });
  broken([](auto& c) { c.num_warmup_steps = -1; });
  broken([](auto& c) { c.num_training_steps = 0; });
  broken([](auto& c) { c.num_cycles = -0.5; });
  broken([](auto& c) { c.min_lr_rate = 1.5; });
  EXPECT_THROW(lr_scheduler_type_from_string("cosin"), Error);
  EXPECT_THROW(LrSchedule(config(LrSchedulerType::linear, 0, 1)).rate(-1), Error);
}

}  // namespace
}  // namespace hone
