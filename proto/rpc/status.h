// The one mapping between Error and gRPC status.
//
// A server that reports a Hone error adds the trailing metadata `hone-error: <code>`; a status without it comes from
// the transport. So the client can tell "this worker's queue is full" from "this message is larger than gRPC takes".
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "proto/base/error.h"

namespace hone {

grpc::StatusCode to_status_code(ErrorCode code);

/// Status for a failed call; the text is cut at 4 KiB (trailers are small).
grpc::Status to_status(const Error& error, grpc::ServerContextBase& context);
/// The same for any exception: Error as it is, std::bad_alloc as resource_exhausted, all else as internal.
grpc::Status to_status(std::exception_ptr exception, grpc::ServerContextBase& context);

/// Error for a failed status, text "<endpoint>: <call>: <message>". Transport failures become unavailable (or
/// deadline_exceeded), a message over the size limit invalid_argument, an unknown method unimplemented.
Error from_status(const grpc::Status& status, const grpc::ClientContext& context, const std::string& endpoint,
                  const std::string& call);

/// Tells the caller of a failed call when to come back, as trailing metadata grpc-retry-pushback-ms (gRPC proposal A6,
/// "server pushback"). Other gRPC clients with a retry policy obey it too.
void set_retry_hint(grpc::ServerContextBase& context, double seconds);
/// That hint, if there is one, at most a minute.
std::optional<double> retry_hint(const grpc::ClientContext& context);

/// Name of a status code in capitals, as in gRPC's documents: "DEADLINE_EXCEEDED".
std::string_view status_name(grpc::StatusCode code);

}  // namespace hone
