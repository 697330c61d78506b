// The one mapping between Error and gRPC status.
//
// A server that reports a Hone error adds the trailing metadata `hone-error: <code>`; a status without it comes from
// the transport. So the client can tell "this worker's queue is full" from "this message is larger than gRPC takes".
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <exception>
#include <string>

#include "proto/base/error.h"

namespace hone {

grpc::StatusCode to_status_code(ErrorCode code);

/// Status for a failed call; the text is cut at 4 KiB (trailers are small).
grpc::Status to_status(const Error& error, grpc::ServerContext& context);
/// The same for any exception: Error as it is, std::bad_alloc as resource_exhausted, all else as internal.
grpc::Status to_status(std::exception_ptr exception, grpc::ServerContext& context);

/// Error for a failed status, text "<endpoint>: <call>: <message>". Transport failures become unavailable (or
/// deadline_exceeded), a message over the size limit invalid_argument, an unknown method unimplemented.
Error from_status(const grpc::Status& status, const grpc::ClientContext& context, const std::string& endpoint,
                  const std::string& call);

}  // namespace hone
