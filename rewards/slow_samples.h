// Log lines for completions that took a rule long, with their text: what a person needs to find out why.
// Thread rule: any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "proto/base/trace.h"

namespace hone {

/// A text on one line for the log: control characters, quotes, backslashes and bytes of invalid UTF-8 are escaped (\n,
/// \", \\, \xff); over `max_bytes` only the first and the last halves are shown, cut between characters, with the
/// number of bytes left out between them.
std::string log_excerpt(std::string_view text, std::size_t max_bytes);

/// "function 'math' took 1.25 s for group 3/7, completion 2 of 8, problem 'p12': reference "12", text (5000 bytes)
/// "..."". `completion` absent: the rule measures whole groups only, and the longest text is shown.
std::string slow_sample_line(const std::string& function, double seconds, const Group& group,
                             std::optional<std::size_t> completion, std::size_t excerpt_bytes);

/// Lets a burst of lines through and then so many a minute: slow samples come in crowds.
class LogLimiter {
 public:
  using Clock = std::chrono::steady_clock;
  explicit LogLimiter(int lines_a_minute) : lines_a_minute_(lines_a_minute), tokens_(lines_a_minute) {}

  /// The number of lines left out since the last one that went through, or nothing: leave this one out.
  std::optional<int64_t> admit(Clock::time_point now = Clock::now());

 private:
  const double lines_a_minute_;
  std::mutex mutex_;
  double tokens_;
  Clock::time_point last_{};
  int64_t left_out_ = 0;
};

}  // namespace hone
