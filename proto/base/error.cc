#include "proto/base/error.h"

namespace hone {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::failed_precondition: return "failed_precondition";
    case ErrorCode::data_loss: return "data_loss";
    case ErrorCode::unimplemented: return "unimplemented";
    case ErrorCode::resource_exhausted: return "resource_exhausted";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::deadline_exceeded: return "deadline_exceeded";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::internal: return "internal";
  }
  return "unknown";
}

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::not_found:
    case ErrorCode::failed_precondition:
    case ErrorCode::data_loss:
    case ErrorCode::unimplemented: return 2;
    case ErrorCode::cancelled: return 75;
    case ErrorCode::resource_exhausted:
    case ErrorCode::unavailable:
    case ErrorCode::deadline_exceeded:
    case ErrorCode::internal: return 1;
  }
  return 1;
}

void check_failed(const char* file, int line, const char* expression, const std::string& message) {
  throw Error(ErrorCode::internal, std::string(file) + ":" + std::to_string(line) + ": broken invariant: " + message +
                                       " (" + expression + ")");
}

}  // namespace hone
