#include "proto/base/trace.h"

#include <string>

#include "proto/base/error.h"

namespace hone {

std::string_view to_string(FinishReason reason) {
  switch (reason) {
    case FinishReason::stop_token: return "stop_token";
    case FinishReason::stop_string: return "stop_string";
    case FinishReason::length: return "length";
    case FinishReason::cancelled: return "cancelled";
  }
  return "unknown";
}

FinishReason finish_reason_from_string(std::string_view name) {
  for (FinishReason r : {FinishReason::stop_token, FinishReason::stop_string, FinishReason::length, FinishReason::cancelled})
    if (to_string(r) == name) return r;
  throw Error(ErrorCode::invalid_argument, "unknown finish reason '" + std::string(name) + "'");
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::scored: return "scored";
    case Outcome::skipped: return "skipped";
    case Outcome::error: return "error";
  }
  return "unknown";
}

Outcome outcome_from_string(std::string_view name) {
  for (Outcome o : {Outcome::scored, Outcome::skipped, Outcome::error})
    if (to_string(o) == name) return o;
  throw Error(ErrorCode::invalid_argument, "unknown outcome '" + std::string(name) + "'");
}

}  // namespace hone
