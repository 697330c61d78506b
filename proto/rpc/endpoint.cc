#include "proto/rpc/endpoint.h"

#include <arpa/inet.h>

#include <charconv>
#include <cmath>

#include "proto/base/error.h"

namespace hone {
namespace {

void require_positive(double value, const char* field, bool zero_allowed = false) {
  if (std::isfinite(value) && (value > 0.0 || (zero_allowed && value == 0.0))) return;
  throw Error(ErrorCode::invalid_argument, std::string(field) + " is " + std::to_string(value) +
                                               "; it must be a finite number " + (zero_allowed ? ">= 0" : "> 0"));
}

[[noreturn]] void bad_endpoint(std::string_view text, const char* why) {
  throw Error(ErrorCode::invalid_argument,
              "endpoint '" + std::string(text) + "': " + why + "; write host:port, e.g. 127.0.0.1:50051");
}

}  // namespace

bool TlsFiles::enabled() const {
  if (certificate.empty() && key.empty() && ca.empty()) return false;
  const char* missing = certificate.empty() ? "certificate" : key.empty() ? "key" : ca.empty() ? "CA" : nullptr;
  if (missing != nullptr)
    throw Error(ErrorCode::invalid_argument,
                std::string("TLS: the ") + missing + " file is missing; give certificate, key and CA files together");
  return true;
}

void validate(const RpcSettings& settings) {
  require_positive(settings.connect_timeout_s, "connect_timeout_s");
  require_positive(settings.call_timeout_s, "call_timeout_s");
  require_positive(settings.retry_budget_s, "retry_budget_s", true);
  require_positive(settings.backoff_initial_s, "backoff_initial_s");
  require_positive(settings.backoff_max_s, "backoff_max_s");
  settings.tls.enabled();
}

Endpoint parse_endpoint(std::string_view text, bool allow_port_zero) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) bad_endpoint(text, "no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    bad_endpoint(text, "an IPv6 address needs brackets");
  if (host.empty()) bad_endpoint(text, "no host");
  if (host.find_first_of("/ \t\r\n[]%") != std::string_view::npos) bad_endpoint(text, "not a host name");
  int port = -1;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (code != std::errc() || end != digits.data() + digits.size() || port < (allow_port_zero ? 0 : 1) || port > 65535)
    bad_endpoint(text, allow_port_zero ? "the port must be 0 to 65535" : "the port must be 1 to 65535");
  return {std::string(host), port};
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  const std::string name(host);
  in_addr v4{};
  if (::inet_pton(AF_INET, name.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, name.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace hone
