// Learning rate as a pure function of the optimiser step, under the names and with the values of transformers'
// get_scheduler.
//
// Thread rule: immutable after construction.
#pragma once

#include <cstdint>
#include <string_view>

namespace hone {

enum class LrSchedulerType : uint8_t { constant, constant_with_warmup, linear, cosine, cosine_with_min_lr };
std::string_view to_string(LrSchedulerType type);
LrSchedulerType lr_scheduler_type_from_string(std::string_view name);  // throws invalid_argument

struct LrScheduleConfig {
  LrSchedulerType type = LrSchedulerType::constant;
  double learning_rate = 1e-6;     // the highest rate
  int64_t num_warmup_steps = 0;    // rises linearly from 0; `constant` has no warm-up
  int64_t num_training_steps = 1;  // where linear reaches 0 and cosine ends its num_cycles
  double num_cycles = 0.5;         // cosine: 0.5 = one fall from the highest rate to the lowest
  double min_lr_rate = 0.0;        // cosine_with_min_lr: lowest rate / learning_rate
};

class LrSchedule {
 public:
  /// Throws invalid_argument naming the field and its limits.
  explicit LrSchedule(const LrScheduleConfig& config);

  /// Rate of optimiser step t >= 0 (0 is the first). Past the end linear stays 0; cosine goes on with its wave.
  double rate(int64_t t) const;
  const LrScheduleConfig& config() const { return config_; }

 private:
  double factor(int64_t t) const;

  LrScheduleConfig config_;
};

}  // namespace hone
