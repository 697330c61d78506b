// What became of one run of code, or of all runs of one completion.
#pragma once

#include <cstdint>
#include <string_view>

namespace hone {

enum class Verdict : uint8_t {
  accepted,
  wrong_answer,   // ran to its end, but the output or a returned value is not the expected one
  runtime_error,  // exit status other than 0, an exception, a missing function
  signal,         // ended by a signal: SIGSEGV, SIGABRT, SIGFPE...
  cpu_time,
  wall_time,
  memory,
  output,         // more output than allowed, or a file larger than allowed
  compile_error,
  compile_time,   // the compiler ran into its CPU or wall limit
  security,       // ended by the system-call filter
  internal,       // the sandbox itself failed: retried, never a score
};

/// "accepted", "wrong answer", "run-time error", "signal", "CPU time", "wall time", "memory", "output",
/// "compile error", "compile time", "security", "internal".
std::string_view to_string(Verdict verdict);

}  // namespace hone
