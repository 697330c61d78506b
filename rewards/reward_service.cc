#include "rewards/reward_service.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

#include "proto/base/clock.h"
#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/base/thread_pool.h"
#include "proto/rpc/convert.h"
#include "proto/rpc/decode.h"
#include "proto/rpc/happens_before.h"
#include "proto/rpc/status.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

/// One Score call, from its arrival until gRPC is done with it. Deletes itself then.
class ScoreCall final : public grpc::ServerUnaryReactor, public ScoreQueue::Job {
 public:
  ScoreCall(RewardService& service, grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
            grpc::ByteBuffer& reply)
      : service_(service), context_(context), request_(request), reply_(reply) {}

  void start() {
    open_ = service_.open(*this);
    if (!open_) return fail(stopping());
    if (service_.queue_.push(*this)) return;
    set_retry_hint(context_, service_.queue_.retry_after_s());
    const ScoreQueue::Counts counts = service_.queue_.counts();
    fail(Error(ErrorCode::resource_exhausted, join("the reward server's queue is full: ", counts.running,
                                                   " calls are scored and ", counts.waiting, " wait")));
  }

  static Error stopping() { return Error(ErrorCode::unavailable, "the reward server is stopping; try another one"); }

  void request_stop() { stop_.request_stop(); }

  std::size_t bytes() const override { return request_.Length(); }

  void run() override {
    service_.metrics_.call_started(seconds_since(arrival_));
    try {
      if (stop_.stop_requested() || deadline_passed()) throw gone();
      service_.score(request_, reply_, stop_.get_token());
      finish(grpc::Status::OK);
    } catch (const Error& error) {
      fail(error.code() == ErrorCode::cancelled ? gone() : error);
    } catch (...) {
      finish(to_status(std::current_exception(), context_));
    }
  }

  void OnCancel() override {
    after_rpc();
    request_stop();
    if (service_.queue_.remove(*this)) fail(gone());
  }

  void OnDone() override {
    after_rpc();
    if (open_) service_.close(*this);
    delete this;
  }

  /// The object may be gone when this returns.
  void fail(const Error& error) { finish(to_status(error, context_)); }

 private:
  bool deadline_passed() const { return std::chrono::system_clock::now() >= context_.deadline(); }

  Error gone() const {
    if (deadline_passed())
      return Error(ErrorCode::deadline_exceeded, "the call's deadline passed before the group was scored");
    if (context_.IsCancelled()) return Error(ErrorCode::cancelled, "the client cancelled the call or vanished");
    return stopping();
  }

  void finish(const grpc::Status& status) {
    service_.metrics_.call_finished("Score", std::string(status_name(status.error_code())), seconds_since(arrival_));
    if (!status.ok()) log_debug("a Score call from ", context_.peer(), " failed: ", status.error_message());
    before_rpc();
    Finish(status);
  }

  RewardService& service_;
  grpc::CallbackServerContext& context_;
  const grpc::ByteBuffer& request_;
  grpc::ByteBuffer& reply_;
  const Clock::time_point arrival_ = Clock::now();
  std::stop_source stop_;
  bool open_ = false;
};

RewardService::RewardService(Rewarder& rewarder, RewardMetrics& metrics, const RewardServerOptions& options)
    : rewarder_(rewarder),
      functions_(served_functions(rewarder.functions(), rewarder.settings())),
      metrics_(metrics),
      slots_(options.max_concurrent > 0 ? options.max_concurrent : available_threads()),
      queue_({.running = slots_,
              .waiting = std::max(0, options.max_waiting_calls),
              .waiting_bytes = options.max_waiting_bytes},
             [this](const ScoreQueue::Counts& counts) {
               metrics_.queue_changed(counts.running, counts.waiting, counts.waiting_bytes);
             }) {
  metrics_.serving(true);
}

grpc::ServerUnaryReactor* RewardService::ListRewards(grpc::CallbackServerContext* context,
                                                     const v1::ListRewardsRequest*, v1::RewardList* reply) {
  after_rpc();
  const Clock::time_point arrival = Clock::now();
  reply->set_protocol_version(kProtocolVersion);
  reply->set_slots(static_cast<uint32_t>(slots_));
  to_message(functions_, *reply->mutable_functions());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  metrics_.call_finished("ListRewards", "OK", seconds_since(arrival));
  before_rpc();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* RewardService::Score(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                               grpc::ByteBuffer* reply) {
  after_rpc();
  auto* call = new ScoreCall(*this, *context, *request, *reply);
  call->start();
  before_rpc();
  return call;
}

void RewardService::score(const grpc::ByteBuffer& bytes, grpc::ByteBuffer& reply, const std::stop_token& stop) {
  v1::ScoreRequest request;
  decode(bytes, request);
  require_functions(request);
  Group group;
  try {
    group = from_message(request.group());
  } catch (const Error& error) {
    throw Error(ErrorCode::invalid_argument, "group '" + request.group().group_id() + "': " + error.what());
  }
  rewarder_.score_until(group, stop);
  v1::ScoreReply rewards;
  for (const Completion& completion : group.completions) to_message(completion.reward, *rewards.add_rewards());
  reply = encode(rewards);
}

void RewardService::require_functions(const v1::ScoreRequest& request) const {
  if (request.functions().empty()) return;
  if (const ServedFunctions wanted = from_message(request.functions()); !same_functions(wanted, functions_))
    throw Error(ErrorCode::failed_precondition, "the server has the functions " + to_text(functions_) +
                                                    ", the call expects " + to_text(wanted) +
                                                    "; was it restarted with another configuration?");
}

void RewardService::refuse_new_calls() {
  {
    const std::lock_guard lock(mutex_);
    refusing_ = true;
  }
  metrics_.serving(false);
}

bool RewardService::wait_until_idle(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  return closed_.wait_until(lock, until, [this] { return open_calls_.empty(); });
}

void RewardService::give_up_calls() {
  {
    const std::lock_guard lock(mutex_);
    for (ScoreCall* call : open_calls_) call->request_stop();
  }
  // Outside the lock: gRPC may end a call on this thread, which takes it. What left the line is ours to end.
  for (ScoreQueue::Job* job : queue_.remove_all()) static_cast<ScoreCall*>(job)->fail(ScoreCall::stopping());
}

bool RewardService::open(ScoreCall& call) {
  const std::lock_guard lock(mutex_);
  if (refusing_) return false;
  open_calls_.push_back(&call);
  return true;
}

void RewardService::close(ScoreCall& call) {
  const std::lock_guard lock(mutex_);
  std::erase(open_calls_, &call);
  if (open_calls_.empty()) closed_.notify_all();
}

}  // namespace hone
