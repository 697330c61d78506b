#include "rewards/reward_server.h"

#include <chrono>
#include <ostream>

#include "proto/base/log.h"
#include "proto/rpc/server.h"
#include "rewards/reward_monitor.h"
#include "rewards/reward_service.h"

namespace hone {
namespace {

constexpr double kGiveUpS = 1.0;  // for rules to notice that their call was given up

std::chrono::steady_clock::time_point after(double seconds) {
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

struct RewardServer::Impl {
  Impl(Rewarder& rewarder, const RewardServerOptions& options)
      : monitor(options.monitor != nullptr ? *options.monitor : own_monitor),
        service(rewarder, monitor.metrics(), options),
        server({.address = options.address, .tls = options.tls}, service) {
    if (options.metrics_address.empty()) return;
    metrics = std::make_unique<MetricsEndpoint>(monitor.metrics(), options.metrics_address);
    metrics_address = metrics->address();
  }

  RewardMonitor own_monitor;
  RewardMonitor& monitor;
  RewardService service;
  RpcServer server;
  std::unique_ptr<MetricsEndpoint> metrics;
  std::string metrics_address;
};

RewardServer::RewardServer(Rewarder& rewarder, const RewardServerOptions& options)
    : impl_(std::make_unique<Impl>(rewarder, options)) {}

RewardServer::~RewardServer() { stop(0.0); }

const std::string& RewardServer::address() const { return impl_->server.address(); }
const std::string& RewardServer::metrics_address() const { return impl_->metrics_address; }

bool RewardServer::drain(double grace_s) {
  impl_->server.set_serving(false);
  impl_->service.refuse_new_calls();
  if (impl_->service.wait_until_idle(after(grace_s))) {
    impl_->server.stop(0.0);
    return true;
  }
  impl_->service.give_up_calls();
  if (!impl_->service.wait_until_idle(after(kGiveUpS))) return false;
  impl_->server.stop(0.0);
  return true;
}

void RewardServer::stop(double grace_s) {
  while (!drain(grace_s)) {
  }
}

bool run_reward_server(Rewarder& rewarder, const RewardServerOptions& options, const std::atomic<bool>& stop,
                       std::ostream& out) {
  auto server = std::make_unique<RewardServer>(rewarder, options);
  const std::string metrics = server->metrics_address();
  serve_until(stop, server->address() + (metrics.empty() ? "" : "\nmetrics on http://" + metrics + "/metrics"), out);
  if (server->drain(options.drain_s)) return true;
  log_error("a reward function still runs ", options.drain_s, " s after the server was asked to stop; it is left");
  server.release();  // its destructor would wait for the function
  return false;
}

}  // namespace hone
