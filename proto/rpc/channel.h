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

/// How long a call waits for a lost connection to stand again, with await_connection().
inline constexpr double kReconnectS = 0.25;

/// A lazily connecting channel. It keeps no connection in common with other channels of the process, reconnects within
/// the settings' back-off, ignores http_proxy, and notices a vanished host by keep-alive pings. Throws invalid_argument
/// for a bad endpoint, and file errors for TLS files.
std::shared_ptr<grpc::Channel> make_channel(const std::string& endpoint, const RpcSettings& settings);

/// Tries to connect at once, whatever the channel's back-off, for up to `seconds`; true when the connection stands.
/// Call it before a call to a peer that was away: gRPC connects again only while somebody waits on the channel or,
/// otherwise, every 5 s.
bool await_connection(grpc::Channel& channel, double seconds);

/// Now + seconds, saturated.
std::chrono::system_clock::time_point deadline_after(double seconds);

}  // namespace hone
