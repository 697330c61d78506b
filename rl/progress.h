// What a person sees while a run goes on: a bar that redraws on a terminal, plain lines elsewhere (stderr).
#pragma once

#include <cstdint>
#include <string>

namespace hone {

/// "4m50s", "1h02m", "12s".
std::string duration_text(double seconds);

class Progress {
 public:
  Progress(int64_t total_steps, int64_t every);
  /// `step` steps are done, the last in `step_s` seconds; `what` says how it went ("loss 1.234  length 5.6").
  void show(int64_t step, double step_s, const std::string& what);
  /// Ends a redrawn line, so that other output starts on a fresh one.
  void pause();

 private:
  int64_t total_;
  int64_t every_;
  bool terminal_;
  bool line_open_ = false;
  double mean_step_s_ = 0.0;
};

}  // namespace hone
