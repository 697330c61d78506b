#include "rollout/rollout_client.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "proto/base/error.h"
#include "proto/base/log.h"
#include "rollout/fair_mutex.h"
#include "rollout/generation_run.h"
#include "rollout/worker_link.h"

namespace hone {
namespace {

uint64_t clock_session() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

/// Runs body(worker) on one thread per worker; joins even when `meanwhile` on the calling thread throws.
class WorkerThreads {
 public:
  template <class Body>
  WorkerThreads(std::vector<std::unique_ptr<WorkerLink>>& workers, Body body) : workers_(workers) {
    for (const auto& worker : workers) {
      worker->client.set_cancelled(false);
      threads_.emplace_back([&link = *worker, body] { body(link); });
    }
  }
  ~WorkerThreads() { join(); }
  void cancel() {
    for (const auto& worker : workers_) worker->client.set_cancelled(true);
  }
  void join() {
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }

 private:
  std::vector<std::unique_ptr<WorkerLink>>& workers_;
  std::vector<std::thread> threads_;
};

/// What the workers' threads of one publish() or check_workers() tell each other.
struct Outreach {
  explicit Outreach(bool all) : need_all(all) {}

  const bool need_all;  // false: one success is enough, outages of others are not waited for
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t successes = 0;
  std::exception_ptr refusal;  // not an outage
  std::string outages;

  bool enough() const { return refusal || (!need_all && successes > 0); }

  /// Tries `call` until it succeeds, is refused, or no longer matters.
  template <class Call>
  void run(WorkerLink& worker, Call call) {
    worker.reset_budget();
    for (;;) {
      try {
        call(worker);
        const std::lock_guard lock(mutex);
        ++successes;
        changed.notify_all();
        return;
      } catch (const Error& error) {
        if (!is_retryable(error.code())) return refuse(std::current_exception());
        if (!retry_after(worker, error)) return;
      } catch (...) {
        return refuse(std::current_exception());
      }
    }
  }

  void refuse(std::exception_ptr error) {
    const std::lock_guard lock(mutex);
    if (!refusal) refusal = std::move(error);
    changed.notify_all();
  }

  bool retry_after(WorkerLink& worker, const Error& error) {
    const auto delay = worker.failed(error);
    std::unique_lock lock(mutex);
    if (delay && !changed.wait_for(lock, *delay, [this] { return enough(); })) return true;
    outages += (outages.empty() ? "" : "; ") + worker.last_error();
    return false;
  }

  void check() const {
    if (refusal) std::rethrow_exception(refusal);
    if (outages.empty() || enough()) return;
    throw Error(ErrorCode::unavailable, "rollout workers cannot be reached within the retry budget: " + outages);
  }
};

}  // namespace

struct RemoteRollout::Impl {
  RemoteRolloutOptions options;
  FairMutex mutex;  // one generate() or publish() at a time; in flight one generate()
  std::vector<std::unique_ptr<WorkerLink>> workers;
  std::mutex publishing;  // one publish() at a time; taken before mutex
  std::vector<std::unique_ptr<WorkerLink>> publishers;  // in flight: connections that are not busy generating

  std::shared_ptr<const WeightSender> current() const {
    const std::lock_guard lock(weights_mutex);
    return weights;
  }
  void send(std::shared_ptr<const WeightSender> next, std::vector<std::unique_ptr<WorkerLink>>& links);

  mutable std::mutex weights_mutex;
  std::shared_ptr<const WeightSender> weights;  // guarded by weights_mutex
};

void RemoteRollout::Impl::send(std::shared_ptr<const WeightSender> next, std::vector<std::unique_ptr<WorkerLink>>& links) {
  Outreach outreach(false);
  WorkerThreads(links, [&](WorkerLink& link) {
    link.mark_stale();
    outreach.run(link, [&](WorkerLink& worker) { worker.ensure(*next); });
  }).join();
  outreach.check();
  if (!outreach.outages.empty())
    log_warning("version ", next->id().version,
                " was published without these workers, which get it when they come back: ", outreach.outages);
  const std::lock_guard lock(weights_mutex);
  weights = std::move(next);
}

RemoteRollout::RemoteRollout(const RemoteRolloutOptions& options) : impl_(std::make_unique<Impl>()) {
  validate(options.rpc);
  if (options.endpoints.empty()) throw Error(ErrorCode::invalid_argument, "no rollout worker endpoint is given");
  if (options.expected.run_id.empty()) throw Error(ErrorCode::invalid_argument, "rollout workers need a run id");
  if (options.batch_requests < 0)
    throw Error(ErrorCode::invalid_argument,
                "batch_requests is " + std::to_string(options.batch_requests) + "; it must be >= 0");
  std::set<std::string> seen;
  for (const std::string& endpoint : options.endpoints) {
    if (!seen.insert(endpoint).second)
      throw Error(ErrorCode::invalid_argument, "rollout worker endpoint " + endpoint + " is listed twice");
    const auto sending = std::make_shared<std::mutex>();
    impl_->workers.push_back(std::make_unique<WorkerLink>(endpoint, options.rpc, options.expected, sending));
    if (options.in_flight) impl_->publishers.push_back(std::make_unique<WorkerLink>(endpoint, options.rpc, options.expected, sending));
  }
  impl_->options = options;
  if (options.session == 0) impl_->options.session = clock_session();
}

RemoteRollout::~RemoteRollout() = default;

std::vector<WorkerInfo> RemoteRollout::check_workers() {
  const std::lock_guard lock(impl_->mutex);
  std::vector<WorkerInfo> infos(impl_->workers.size());
  Outreach outreach(true);
  WorkerThreads(impl_->workers, [&](WorkerLink& link) {
    outreach.run(link, [&](WorkerLink& worker) {
      const auto at =
          std::find_if(impl_->workers.begin(), impl_->workers.end(), [&](const auto& w) { return w.get() == &worker; });
      infos[static_cast<std::size_t>(at - impl_->workers.begin())] = worker.check();
    });
  }).join();
  outreach.check();
  return infos;
}

void RemoteRollout::publish(uint64_t version, std::span<const WeightView> weights) {
  const std::lock_guard turn(impl_->publishing);
  const std::shared_ptr<const WeightSender> last = impl_->current();
  if (last && version <= last->id().version)
    throw Error(ErrorCode::failed_precondition,
                "weights of version " + std::to_string(version) + " published after version " +
                    std::to_string(last->id().version) + "; versions must rise");
  const bool in_flight = impl_->options.in_flight;
  const auto snapshot = [&] {
    const WeightsId id{impl_->options.expected.run_id, impl_->options.session, version};
    return std::make_shared<const WeightSender>(id, weights, in_flight);
  };
  if (in_flight) return impl_->send(snapshot(), impl_->publishers);
  const std::lock_guard lock(impl_->mutex);
  impl_->send(snapshot(), impl_->workers);
}

RolloutStats RemoteRollout::generate(std::span<const RolloutRequest> requests,
                                     const std::function<void(std::size_t, RolloutResult)>& on_result,
                                     const std::atomic<bool>* cancel) {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->current())
    throw Error(ErrorCode::failed_precondition,
                "rollout workers have no weights of this run yet; publish before generating");
  GenerationRun run(requests, [this] { return impl_->current(); }, impl_->workers.size(), impl_->options.batch_requests);
  WorkerThreads threads(impl_->workers, [&run](WorkerLink& worker) { run.serve(worker); });
  struct Ending {
    GenerationRun& run;
    WorkerThreads& threads;
    ~Ending() {
      run.stop();
      threads.cancel();
    }
  } ending{run, threads};
  return run.finish(on_result, cancel);
}

}  // namespace hone
