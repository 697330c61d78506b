#include "proto/rpc/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>

#include "proto/base/file.h"

namespace hone {
namespace {

int milliseconds(double seconds) { return static_cast<int>(std::clamp(seconds, 0.001, 86400.0) * 1000.0); }

std::shared_ptr<grpc::ChannelCredentials> credentials(const TlsFiles& tls) {
  if (!tls.enabled()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = read_file(tls.ca, kMaxMessageBytes);
  options.pem_private_key = read_file(tls.key, kMaxMessageBytes);
  options.pem_cert_chain = read_file(tls.certificate, kMaxMessageBytes);
  return grpc::SslCredentials(options);
}

}  // namespace

std::shared_ptr<grpc::Channel> make_channel(const std::string& endpoint, const RpcSettings& settings) {
  parse_endpoint(endpoint);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, milliseconds(settings.backoff_initial_s));
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, milliseconds(settings.connect_timeout_s));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS,
                   milliseconds(std::max(settings.backoff_initial_s, settings.backoff_max_s)));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveIntervalMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // no limit: a long call sends no data
  return grpc::CreateCustomChannel(endpoint, credentials(settings.tls), arguments);
}

bool await_connection(grpc::Channel& channel, double seconds) {
  grpc::experimental::ChannelResetConnectionBackoff(&channel);
  return channel.WaitForConnected(deadline_after(seconds));
}

std::chrono::system_clock::time_point deadline_after(double seconds) {
  const auto bounded = std::chrono::duration<double>(std::clamp(seconds, 0.0, 1e8));
  return std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(bounded);
}

}  // namespace hone
