#include "rl/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "proto/base/format.h"
#include "proto/base/log.h"

namespace hone {

std::string duration_text(double seconds) {
  const auto s = static_cast<int64_t>(std::llround(std::max(0.0, seconds)));
  if (s >= 3600) return format("%ldh%02ldm", static_cast<long>(s / 3600), static_cast<long>(s % 3600 / 60));
  if (s >= 60) return format("%ldm%02lds", static_cast<long>(s / 60), static_cast<long>(s % 60));
  return format("%lds", static_cast<long>(s));
}

Progress::Progress(int64_t total_steps, int64_t every) : total_(total_steps), every_(every), terminal_(::isatty(2) != 0) {}

void Progress::show(int64_t step, double step_s, const std::string& what) {
  constexpr double kSmoothing = 0.2;
  mean_step_s_ = mean_step_s_ == 0.0 ? step_s : (1 - kSmoothing) * mean_step_s_ + kSmoothing * step_s;
  if (!terminal_ && step % every_ != 0 && step != total_) return;
  const double left = mean_step_s_ * static_cast<double>(total_ - step);
  const std::string text = format("step %ld/%ld  %s  %.*f s/step  left %s", static_cast<long>(step), static_cast<long>(total_),
                what.c_str(), step_s < 0.1 ? 3 : 1, step_s, duration_text(left).c_str());
  if (!terminal_) {
    log_info(text);
    return;
  }
  constexpr int kWidth = 24;
  const int filled = static_cast<int>(kWidth * step / std::max<int64_t>(1, total_));
  std::string bar(static_cast<std::size_t>(filled), '#');
  bar.resize(kWidth, '.');
  std::fprintf(stderr, "\r\033[K[%s] %s", bar.c_str(), text.c_str());
  std::fflush(stderr);
  line_open_ = true;
  if (step == total_) pause();
}

void Progress::pause() {
  if (line_open_) std::fputc('\n', stderr);
  line_open_ = false;
}

}  // namespace hone
