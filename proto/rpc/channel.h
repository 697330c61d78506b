// Client side of a connection: channel with Hone's limits, deadlines.
#pragma once

#include <grpcpp/channel.h>

#include <chrono>
#include <memory>
#include <string>

#include "proto/rpc/endpoint.h"

namespace hone {

/// A peer that hangs, or whose host vanished, is noticed after these two together, on both sides.
inline constexpr int kKeepaliveIntervalMs = 10'000;
inline constexpr int kKeepaliveTimeoutMs = 20'000;

/// A lazily connecting channel. It keeps no connection in common with other channels of the process, reconnects within
/// the settings' back-off, ignores http_proxy, and notices a vanished host by keep-alive pings. Throws invalid_argument
/// for a bad endpoint, and file errors for TLS files.
std::shared_ptr<grpc::Channel> make_channel(const std::string& endpoint, const RpcSettings& settings);

/// Now + seconds, saturated.
std::chrono::system_clock::time_point deadline_after(double seconds);

}  // namespace hone
