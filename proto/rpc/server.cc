#include "proto/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <ostream>
#include <thread>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/rpc/channel.h"
#include "proto/rpc/happens_before.h"

namespace hone {
namespace {

std::shared_ptr<grpc::ServerCredentials> credentials(const TlsFiles& tls) {
  if (!tls.enabled()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = read_file(tls.ca, kMaxMessageBytes);
  options.pem_key_cert_pairs.push_back(
      {read_file(tls.key, kMaxMessageBytes), read_file(tls.certificate, kMaxMessageBytes)});
  return grpc::SslServerCredentials(options);
}

void enable_standard_services() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

}  // namespace

void require_safe_address(const RpcServerSettings& settings) {
  const Endpoint endpoint = parse_endpoint(settings.address, true);
  if (settings.tls.enabled() || is_loopback(endpoint.host)) return;
  throw Error(ErrorCode::invalid_argument, "address " + settings.address +
                                               " can be reached from other machines; give TLS "
                                               "certificate, key and CA files, or listen on 127.0.0.1");
}

RpcServer::RpcServer(const RpcServerSettings& settings, grpc::Service& service) {
  require_safe_address(settings);
  enable_standard_services();
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(settings.address, credentials(settings.tls), &port);
  builder.RegisterService(&service);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kKeepaliveIntervalMs / 2);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.SetResourceQuota(grpc::ResourceQuota("hone").SetMaxThreads(std::max(8, settings.max_threads)));
  before_rpc();
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0)
    throw Error(ErrorCode::invalid_argument,
                "cannot listen on " + settings.address +
                    ": the address is in use or not this machine's, or the TLS files do not fit together");
  address_ = settings.address.substr(0, settings.address.rfind(':')) + ":" + std::to_string(port);
  set_serving(true);
}

RpcServer::~RpcServer() { stop(0.0); }

void RpcServer::set_serving(bool serving) {
  if (server_ != nullptr) server_->GetHealthCheckService()->SetServingStatus(serving);
}

void RpcServer::stop(double grace_s) {
  if (server_ == nullptr) return;
  set_serving(false);
  server_->Shutdown(deadline_after(grace_s));
  server_->Wait();
  after_rpc();
  server_.reset();
}

void serve_until(const std::atomic<bool>& stop, const std::string& address, std::ostream& out) {
  out << "listening on " << address << std::endl;
  // Polled, since a signal handler may set an atomic flag but not notify its waiters.
  while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

}  // namespace hone
