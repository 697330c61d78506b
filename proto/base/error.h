// Errors that a caller can meet, and the check for what can never happen.
//
// `Error` is the only exception type Hone throws on purpose. Its text follows one form: what, which, limit
// ("config.json: num_attention_heads 9 does not divide hidden_size 64"), so that a person can act on it.
// The code decides the exit status (see exit_code) and the gRPC status (proto/rpc/status.h).
// Thread rule: everything here may be used from any thread.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace hone {

enum class ErrorCode {
  invalid_argument,     // bad config, bad flag, bad file content: exit 2
  not_found,            // a named file, tensor or key does not exist: exit 2
  failed_precondition,  // right input at the wrong time (version or fingerprint mismatch): exit 2
  data_loss,            // truncated or corrupt file or stream: exit 2
  unimplemented,        // understood, not supported: exit 2
  resource_exhausted,   // out of memory, disk or queue space: exit 1
  unavailable,          // a peer cannot be reached (retryable): exit 1
  deadline_exceeded,    // a peer took too long (retryable): exit 1
  cancelled,            // stopped by request: exit 75 where a run can be resumed
  internal,             // a broken invariant: exit 1
};

/// Lower-case name of a code, e.g. "invalid_argument".
std::string_view to_string(ErrorCode code);

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

/// Exit status of the command line for an error: 2 for wrong usage or input, 75 for cancelled, else 1.
int exit_code(ErrorCode code);

[[noreturn]] void check_failed(const char* file, int line, const char* expression, const std::string& message);

}  // namespace hone

/// Invariant that no user input can break. Throws Error{internal} with file and line.
#define HONE_CHECK(condition, message)                                       \
  do {                                                                       \
    if (!(condition)) ::hone::check_failed(__FILE__, __LINE__, #condition, (message)); \
  } while (0)
