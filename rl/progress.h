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
  struct Step {
    int64_t step = 0;  // steps done
    double reward = 0.0;
    double mean_length = 0.0;
    double tokens_per_s = 0.0;
    double step_s = 0.0;
    double loss = 0.0;
  };
  void show(const Step& step);
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
