#include "proto/rpc/status.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <new>

namespace hone {
namespace {

constexpr char kErrorKey[] = "hone-error";
constexpr char kPushbackKey[] = "grpc-retry-pushback-ms";
constexpr int kMaxPushbackMs = 60'000;
constexpr std::size_t kMaxMessageText = 4096;
constexpr ErrorCode kAllCodes[] = {ErrorCode::invalid_argument,    ErrorCode::not_found,
                                   ErrorCode::failed_precondition, ErrorCode::data_loss,
                                   ErrorCode::unimplemented,       ErrorCode::resource_exhausted,
                                   ErrorCode::unavailable,         ErrorCode::deadline_exceeded,
                                   ErrorCode::cancelled,           ErrorCode::internal};

std::optional<ErrorCode> reported_code(const grpc::ClientContext& context) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find(kErrorKey);
  if (found == trailers.end()) return std::nullopt;
  const std::string_view name(found->second.data(), found->second.size());
  for (ErrorCode code : kAllCodes)
    if (to_string(code) == name) return code;
  return std::nullopt;
}

ErrorCode transport_code(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED: return ErrorCode::deadline_exceeded;
    case grpc::StatusCode::UNIMPLEMENTED: return ErrorCode::unimplemented;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:  // a message over the size limit, or no thread for the call
      return status.error_message().find("larger than max") != std::string::npos ? ErrorCode::invalid_argument
                                                                                 : ErrorCode::resource_exhausted;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE: return ErrorCode::invalid_argument;
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::FAILED_PRECONDITION: return ErrorCode::failed_precondition;
    case grpc::StatusCode::DATA_LOSS: return ErrorCode::data_loss;
    case grpc::StatusCode::NOT_FOUND: return ErrorCode::not_found;
    default: return ErrorCode::unavailable;
  }
}

}  // namespace

grpc::StatusCode to_status_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorCode::not_found: return grpc::StatusCode::NOT_FOUND;
    case ErrorCode::failed_precondition: return grpc::StatusCode::FAILED_PRECONDITION;
    case ErrorCode::data_loss: return grpc::StatusCode::DATA_LOSS;
    case ErrorCode::unimplemented: return grpc::StatusCode::UNIMPLEMENTED;
    case ErrorCode::resource_exhausted: return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorCode::unavailable: return grpc::StatusCode::UNAVAILABLE;
    case ErrorCode::deadline_exceeded: return grpc::StatusCode::DEADLINE_EXCEEDED;
    case ErrorCode::cancelled: return grpc::StatusCode::CANCELLED;
    case ErrorCode::internal: return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

grpc::Status to_status(const Error& error, grpc::ServerContextBase& context) {
  context.AddTrailingMetadata(kErrorKey, std::string(to_string(error.code())));
  return grpc::Status(to_status_code(error.code()), std::string(error.what()).substr(0, kMaxMessageText));
}

grpc::Status to_status(std::exception_ptr exception, grpc::ServerContextBase& context) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return to_status(error, context);
  } catch (const std::bad_alloc&) {
    return to_status(Error(ErrorCode::resource_exhausted, "out of memory"), context);
  } catch (const std::exception& error) {
    return to_status(Error(ErrorCode::internal, error.what()), context);
  }
}

Error from_status(const grpc::Status& status, const grpc::ClientContext& context, const std::string& endpoint,
                  const std::string& call) {
  const ErrorCode code = reported_code(context).value_or(transport_code(status));
  return Error(code, endpoint + ": " + call + ": " + status.error_message());
}

void set_retry_hint(grpc::ServerContextBase& context, double seconds) {
  const int ms = static_cast<int>(std::lround(std::clamp(seconds * 1000.0, 1.0, double{kMaxPushbackMs})));
  context.AddTrailingMetadata(kPushbackKey, std::to_string(ms));
}

std::optional<double> retry_hint(const grpc::ClientContext& context) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find(kPushbackKey);
  if (found == trailers.end()) return std::nullopt;
  int ms = 0;
  const char* const end = found->second.data() + found->second.size();
  const auto parsed = std::from_chars(found->second.data(), end, ms);
  if (parsed.ec != std::errc() || parsed.ptr != end || ms < 0) return std::nullopt;
  return std::min(ms, kMaxPushbackMs) / 1000.0;
}

std::string_view status_name(grpc::StatusCode code) {
  static constexpr std::string_view kNames[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  const auto index = static_cast<std::size_t>(code);
  return index < std::size(kNames) ? kNames[index] : "UNKNOWN";
}

}  // namespace hone
