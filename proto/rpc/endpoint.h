// Where a peer is and how long to wait for it. No gRPC in this header: settings pass through torch code.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace hone {

/// Raised when a message changes its meaning; equal on both sides or the connection is refused.
inline constexpr uint32_t kProtocolVersion = 1;

/// Largest message either side takes.
inline constexpr int kMaxMessageBytes = 64 << 20;

/// PEM files for mutual TLS: all three or none.
struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path ca;

  /// True when all are named, false when none is; throws invalid_argument naming the missing one otherwise.
  bool enabled() const;
};

struct RpcSettings {
  double connect_timeout_s = 5.0;  // one attempt to connect, and calls that answer at once
  double call_timeout_s = 600.0;   // deadline of one Generate, UpdateWeights or Score call
  double retry_budget_s = 120.0;   // how long a peer may fail without a success in between
  double backoff_initial_s = 0.1;  // wait after the first failure, doubled after each further one ...
  double backoff_max_s = 5.0;      // ... up to this
  TlsFiles tls;
};

/// Throws invalid_argument naming the field unless every number is finite and positive (retry_budget_s may be 0).
void validate(const RpcSettings& settings);

struct Endpoint {
  std::string host;
  int port = 0;
};

/// "host:port" or "[ipv6]:port"; port 0 only where `allow_port_zero`. Throws invalid_argument.
Endpoint parse_endpoint(std::string_view text, bool allow_port_zero = false);

/// 127.0.0.0/8, ::1 or localhost.
bool is_loopback(std::string_view host);

}  // namespace hone
