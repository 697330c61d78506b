#include "rl/lr_schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "proto/base/error.h"
#include "proto/base/log.h"

namespace hone {

namespace {

constexpr std::array kTypes = {LrSchedulerType::constant, LrSchedulerType::constant_with_warmup,
                               LrSchedulerType::linear, LrSchedulerType::cosine, LrSchedulerType::cosine_with_min_lr};

void require(bool condition, const std::string& message) {
  if (!condition) throw Error(ErrorCode::invalid_argument, message);
}

}  // namespace

std::string_view to_string(LrSchedulerType type) {
  switch (type) {
    case LrSchedulerType::constant:
      return "constant";
    case LrSchedulerType::constant_with_warmup:
      return "constant_with_warmup";
    case LrSchedulerType::linear:
      return "linear";
    case LrSchedulerType::cosine:
      return "cosine";
    case LrSchedulerType::cosine_with_min_lr:
      return "cosine_with_min_lr";
  }
  return "unknown";
}

LrSchedulerType lr_scheduler_type_from_string(std::string_view name) {
  std::string known;
  for (LrSchedulerType type : kTypes) {
    if (name == to_string(type)) return type;
    known += (known.empty() ? "" : ", ") + std::string(to_string(type));
  }
  throw Error(ErrorCode::invalid_argument, "lr_scheduler_type \"" + std::string(name) + "\": known are " + known);
}

LrSchedule::LrSchedule(const LrScheduleConfig& config) : config_(config) {
  require(std::isfinite(config.learning_rate) && config.learning_rate >= 0,
          join("learning_rate ", config.learning_rate, " must be a finite number >= 0"));
  require(config.num_warmup_steps >= 0, join("num_warmup_steps ", config.num_warmup_steps, " must be >= 0"));
  require(config.num_training_steps >= 1, join("num_training_steps ", config.num_training_steps, " must be >= 1"));
  require(std::isfinite(config.num_cycles) && config.num_cycles >= 0,
          join("num_cycles ", config.num_cycles, " must be a finite number >= 0"));
  require(config.min_lr_rate >= 0 && config.min_lr_rate <= 1,
          join("min_lr_rate ", config.min_lr_rate, " must be in [0, 1]"));
}

double LrSchedule::rate(int64_t t) const {
  HONE_CHECK(t >= 0, "optimiser step below 0");
  return config_.learning_rate * factor(t);
}

double LrSchedule::factor(int64_t t) const {
  if (config_.type == LrSchedulerType::constant) return 1.0;
  const auto step = static_cast<double>(t);
  const auto warmup = static_cast<double>(config_.num_warmup_steps);
  const auto total = static_cast<double>(config_.num_training_steps);
  if (step < warmup) return step / warmup;
  if (config_.type == LrSchedulerType::constant_with_warmup) return 1.0;
  const double after_warmup = std::max(1.0, total - warmup);
  if (config_.type == LrSchedulerType::linear) return std::max(0.0, (total - step) / after_warmup);

  const double progress = (step - warmup) / after_warmup;
  const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * config_.num_cycles * 2.0 * progress));
  const double floor = config_.type == LrSchedulerType::cosine_with_min_lr ? config_.min_lr_rate : 0.0;
  return std::max(0.0, wave * (1.0 - floor) + floor);
}

}  // namespace hone
