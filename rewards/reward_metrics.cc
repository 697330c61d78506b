#include "rewards/reward_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <exception>
#include <string_view>
#include <vector>

#include "proto/base/error.h"
#include "proto/rpc/endpoint.h"

namespace hone {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

// A rule that compares numbers takes microseconds, one that runs programs minutes.
const Histogram::BucketBoundaries kSeconds{1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01,
                                           0.05, 0.1,  0.5,  1.0,  5.0,  10.0, 30.0, 60.0, 300.0};

template <class Metric>
Family<Metric>& family(prometheus::Registry& registry, const char* name, const char* help) {
  if constexpr (std::is_same_v<Metric, Counter>)
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  else if constexpr (std::is_same_v<Metric, Gauge>)
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  else
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

struct RewardMetrics::Impl {
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  Family<Counter>& calls =
      family<Counter>(*registry, "hone_reward_calls_total", "Finished calls by method and gRPC status.");
  Family<Histogram>& call_seconds =
      family<Histogram>(*registry, "hone_reward_call_seconds", "Time from a call's arrival to its answer.");
  Histogram& wait_seconds =
      family<Histogram>(*registry, "hone_reward_queue_seconds", "Time that a Score call waited for its turn.")
          .Add({}, kSeconds);
  Family<Gauge>& queue = family<Gauge>(*registry, "hone_reward_calls", "Score calls in work and in line.");
  Gauge& running = queue.Add({{"state", "running"}});
  Gauge& waiting = queue.Add({{"state", "waiting"}});
  Gauge& waiting_bytes = family<Gauge>(*registry, "hone_reward_waiting_bytes", "Size of the requests in line.").Add({});
  Gauge& serving = family<Gauge>(*registry, "hone_reward_serving", "1 while calls are taken.").Add({});
  Family<Histogram>& function_seconds =
      family<Histogram>(*registry, "hone_reward_function_seconds", "Time of one function for one group.");
  Family<Histogram>& sample_seconds = family<Histogram>(
      *registry, "hone_reward_sample_seconds", "Time of one function for one completion, where it measures that.");
  Family<Counter>& outcomes = family<Counter>(*registry, "hone_reward_outcomes_total",
                                              "Scored completions by function and outcome (scored, skipped, error).");
  Family<Counter>& slow = family<Counter>(*registry, "hone_reward_slow_samples_total",
                                          "Completions or groups that took a function longer than the threshold.");
};

RewardMetrics::RewardMetrics() : impl_(std::make_unique<Impl>()) {}
RewardMetrics::~RewardMetrics() = default;

void RewardMetrics::function_scored(const std::string& function, double seconds,
                                    std::span<const RewardComponent> components) {
  impl_->function_seconds.Add({{"function", function}}, kSeconds).Observe(seconds);
  std::array<int, 3> by_outcome{};
  Histogram* samples = nullptr;
  for (const RewardComponent& component : components) {
    ++by_outcome[static_cast<std::size_t>(component.outcome)];
    if (component.seconds <= 0.0) continue;
    if (samples == nullptr) samples = &impl_->sample_seconds.Add({{"function", function}}, kSeconds);
    samples->Observe(component.seconds);
  }
  for (const Outcome outcome : {Outcome::scored, Outcome::skipped, Outcome::error}) {
    Counter& counter = impl_->outcomes.Add({{"function", function}, {"outcome", std::string(to_string(outcome))}});
    if (const int count = by_outcome[static_cast<std::size_t>(outcome)]; count > 0) counter.Increment(count);
  }
}

void RewardMetrics::slow_sample(const std::string& function) { impl_->slow.Add({{"function", function}}).Increment(); }

void RewardMetrics::call_started(double seconds) { impl_->wait_seconds.Observe(seconds); }

void RewardMetrics::call_finished(const std::string& method, const std::string& code, double seconds) {
  impl_->calls.Add({{"method", method}, {"code", code}}).Increment();
  impl_->call_seconds.Add({{"method", method}}, kSeconds).Observe(seconds);
}

void RewardMetrics::queue_changed(int running, int waiting, std::size_t waiting_bytes) {
  impl_->running.Set(running);
  impl_->waiting.Set(waiting);
  impl_->waiting_bytes.Set(static_cast<double>(waiting_bytes));
}

void RewardMetrics::serving(bool value) { impl_->serving.Set(value ? 1.0 : 0.0); }

std::string RewardMetrics::text() const { return prometheus::TextSerializer().Serialize(impl_->registry->Collect()); }

struct MetricsEndpoint::Impl {
  explicit Impl(const std::string& address) : exposer(address, 1) {}
  prometheus::Exposer exposer;
};

MetricsEndpoint::MetricsEndpoint(const RewardMetrics& metrics, const std::string& address) {
  parse_endpoint(address, true);
  try {
    impl_ = std::make_unique<Impl>(address);
    address_ = address.substr(0, address.rfind(':')) + ":" + std::to_string(impl_->exposer.GetListeningPorts().at(0));
  } catch (const std::exception&) {  // CivetWeb says no more than that it failed
    throw Error(ErrorCode::invalid_argument,
                "metrics: cannot listen on " + address + ": the address is in use or not this machine's");
  }
  impl_->exposer.RegisterCollectable(metrics.impl_->registry);
}

MetricsEndpoint::~MetricsEndpoint() = default;

}  // namespace hone
