#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <map>
#include <string>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rl/lr_schedule.h"
#include "tests/rl/reference_files.h"

namespace hone {
namespace {

/// False when the schedule has a name or a setting that Hone lacks.
bool read_config(const Json& row, LrScheduleConfig& config) {
  try {
    config.type = lr_scheduler_type_from_string(row.at("name").get<std::string>());
  } catch (const Error&) {
    return false;
  }
  config.learning_rate = row.at("lr").get<double>();
  config.num_warmup_steps = row.at("num_warmup_steps").get<int64_t>();
  config.num_training_steps = row.at("num_training_steps").get<int64_t>();
  for (const auto& [key, value] : row.at("kwargs").items()) {
    if (key == "num_cycles") {
      config.num_cycles = value.get<double>();
    } else if (key == "min_lr_rate") {
      config.min_lr_rate = value.get<double>();
    } else if (key == "min_lr") {
      config.min_lr_rate = value.get<double>() / config.learning_rate;
    } else {
      return false;
    }
  }
  return true;
}

TEST(LrScheduleReference, EveryRate) {
  const auto path = reference_file("optim", "lr_schedules.jsonl");
  HONE_SKIP_WITHOUT(path);
  std::map<std::string, int> run;
  std::map<std::string, int> skipped;
  for_each_jsonl(path, [&](const Json& row, std::size_t line) {
    const auto name = row.at("name").get<std::string>();
    LrScheduleConfig config;
    if (!read_config(row, config)) {
      ++skipped[name];
      return;
    }
    ++run[name];
    const LrSchedule schedule(config);
    for (std::size_t t = 0; t < row.at("lrs").size(); ++t) {
      const double expected = row["lrs"][t].get<double>();
      // 14 digits are stored; near a zero of the cosine only the absolute error means something.
      EXPECT_NEAR(schedule.rate(static_cast<int64_t>(t)), expected,
                  1e-12 * std::abs(expected) + 1e-16 * config.learning_rate)
          << name << " line " << line << " step " << t;
    }
  });
  for (const auto& [name, count] : run) std::cout << "schedule " << name << ": " << count << " run\n";
  for (const auto& [name, count] : skipped) std::cout << "schedule " << name << ": " << count << " skipped\n";
  EXPECT_FALSE(run.empty());
}

}  // namespace
}  // namespace hone
