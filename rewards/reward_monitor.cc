#include "rewards/reward_monitor.h"

#include <algorithm>

#include "proto/base/log.h"

namespace hone {

void RewardMonitor::function_scored(const std::string& function, const Group& group, double seconds,
                                    std::span<const RewardComponent> components) {
  metrics_.function_scored(function, seconds, components);
  if (slow_.threshold_s <= 0.0 || seconds <= slow_.threshold_s) return;
  const auto measured = [](const RewardComponent& c) { return c.seconds > 0.0; };
  if (std::none_of(components.begin(), components.end(), measured))
    return report_slow(function, seconds, group, std::nullopt);
  for (std::size_t i = 0; i < components.size(); ++i)
    if (components[i].seconds > slow_.threshold_s) report_slow(function, components[i].seconds, group, i);
}

void RewardMonitor::report_slow(const std::string& function, double seconds, const Group& group,
                                std::optional<std::size_t> completion) {
  metrics_.slow_sample(function);
  const std::optional<int64_t> left_out = limiter_.admit();
  if (!left_out) return;
  const std::string more = *left_out > 0 ? join(" (", *left_out, " such lines before it were left out)") : "";
  log_warning("slow: ", slow_sample_line(function, seconds, group, completion, slow_.excerpt_bytes), more);
}

}  // namespace hone
