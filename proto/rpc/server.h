// Server side: address rules, limits, health (grpc.health.v1) and reflection services, graceful stop.
#pragma once

#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/server.h>

#include <atomic>
#include <iosfwd>
#include <memory>
#include <string>

#include "proto/rpc/endpoint.h"

namespace hone {

struct RpcServerSettings {
  std::string address = "127.0.0.1:0";  // port 0: any free one
  TlsFiles tls;                         // needed unless the address is loopback
  int max_threads = 256;                // handler threads gRPC may start
};

/// Throws invalid_argument unless the address is loopback or TLS files are given: whoever reaches the port can use it.
void require_safe_address(const RpcServerSettings& settings);

class RpcServer {
 public:
  /// Starts serving `service`, which must outlive this object. Throws invalid_argument for an address that is refused
  /// or cannot be bound.
  RpcServer(const RpcServerSettings& settings, grpc::Service& service);
  ~RpcServer();
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

  /// "host:port" with the port in use.
  const std::string& address() const { return address_; }
  /// What the health service answers from now on; true from the start.
  void set_serving(bool serving);
  /// Takes no new calls, reports NOT_SERVING, waits `grace_s` for running ones, then cancels them. Returns when all
  /// handlers have ended. Further calls do nothing.
  void stop(double grace_s);

 private:
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

/// Prints "listening on ADDRESS" and returns when `stop` becomes true.
void serve_until(const std::atomic<bool>& stop, const std::string& address, std::ostream& out);

}  // namespace hone
