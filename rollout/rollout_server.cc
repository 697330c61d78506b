#include "rollout/rollout_server.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <ostream>
#include <span>
#include <utility>
#include <vector>

#include "hone/v1/rollout.grpc.pb.h"
#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/rpc/convert.h"
#include "proto/rpc/server.h"
#include "proto/rpc/status.h"
#include "rollout/engine_queue.h"
#include "rollout/rpc/convert.h"
#include "rollout/weight_transfer.h"

namespace hone {
namespace {

// How often a handler that waits for the engine looks whether its client is still there.
constexpr std::chrono::milliseconds kClientCheckInterval{20};
constexpr int64_t kMaxCompletionsPerCall = int64_t{1} << 20;

/// What a handler and its job on the engine thread share; the handler may leave first.
struct PendingCall {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::pair<std::size_t, RolloutResult>> ready;
  bool finished = false;
  std::exception_ptr error;
  std::atomic<bool> cancel{false};

  void add(std::size_t index, RolloutResult result) {
    {
      const std::lock_guard lock(mutex);
      ready.emplace_back(index, std::move(result));
    }
    changed.notify_all();
  }
  void finish(std::exception_ptr failure) {
    {
      const std::lock_guard lock(mutex);
      finished = true;
      error = std::move(failure);
    }
    changed.notify_all();
  }
};

std::vector<RolloutRequest> requests_from(const v1::GenerateRequest& message) {
  std::vector<RolloutRequest> requests;
  int64_t completions = 0;
  for (const v1::RolloutRequest& request : message.requests()) {
    requests.push_back(from_message(request));
    const int32_t n = requests.back().num_generations;
    if (n < 1)
      throw Error(ErrorCode::invalid_argument, "num_generations is " + std::to_string(n) + "; it must be at least 1");
    completions += n;
  }
  if (completions > kMaxCompletionsPerCall)
    throw Error(ErrorCode::invalid_argument, "a call for " + std::to_string(completions) + " completions; at most " +
                                                 std::to_string(kMaxCompletionsPerCall) + " are taken at once");
  return requests;
}

class Service : public v1::RolloutService::Service {
 public:
  Service(CompletionEngine& engine, const RolloutServerOptions& options)
      : engine_(engine), options_(options), serving_{options.run_id, 0, 0}, queue_(options.max_waiting_calls) {}

  WorkerInfo info() const {
    const std::lock_guard lock(mutex_);
    return {kProtocolVersion, options_.fingerprint, options_.vocab_size, options_.slots, serving_, options_.weight_storage};
  }

  grpc::Status GetInfo(grpc::ServerContext*, const v1::GetInfoRequest*, v1::WorkerInfo* reply) override {
    to_message(info(), *reply);
    return grpc::Status::OK;
  }

  grpc::Status Generate(grpc::ServerContext* context, const v1::GenerateRequest* request,
                        grpc::ServerWriter<v1::GenerateReply>* writer) override {
    auto call = std::make_shared<PendingCall>();
    try {
      submit_generation(call, from_message(request->weights()), request->or_newer(), requests_from(*request));
      send_results(*context, *call, *writer);
      return grpc::Status::OK;
    } catch (...) {
      call->cancel = true;
      return to_status(std::current_exception(), *context);
    }
  }

  grpc::Status UpdateWeights(grpc::ServerContext* context, grpc::ServerReader<v1::WeightChunk>* reader,
                             v1::WeightAck* reply) override {
    try {
      auto turn = begin_update();
      WeightReceiver receiver(engine_.tensors(), info().weights);
      auto weights = receive(*context, *reader, receiver);
      if (receiver.in_flight() && receiver.id().session == info().weights.session) {  // a call of another session keeps its weights
        engine_.stage_weights(weights->views(), receiver.id().version);
        set_serving(receiver.id());
      } else {
        swap_in_turn(*context, std::move(weights), std::move(turn), receiver.id());
      }
      to_message(receiver.id(), *reply->mutable_weights());
      log_info("serving ", to_string(receiver.id()));
      return grpc::Status::OK;
    } catch (...) {
      const grpc::Status status = to_status(std::current_exception(), *context);
      log_warning("weight update refused: ", status.error_message());
      return status;
    }
  }

 private:
  void submit_generation(const std::shared_ptr<PendingCall>& call, WeightsId expected, bool or_newer,
                         std::vector<RolloutRequest> requests) {
    queue_.submit([this, call, expected = std::move(expected), or_newer, requests = std::move(requests)] {
      try {
        if (!call->cancel) {
          require_serving(expected, or_newer);
          engine_.generate(
              requests,
              [&](std::size_t index, RolloutResult result) {
                if (is_complete(result)) call->add(index, std::move(result));
              },
              &call->cancel);
        }
        call->finish(nullptr);
      } catch (...) {
        call->finish(std::current_exception());
      }
    });
  }

  void require_serving(const WeightsId& expected, bool or_newer) const {
    const std::lock_guard lock(mutex_);
    if (!serves(serving_, expected, or_newer))
      throw Error(ErrorCode::failed_precondition, "the call wants " + to_string(expected) + (or_newer ? " or a later one" : "") +
                                                      ", the worker has " + to_string(serving_));
  }

  static void require_client(const grpc::ServerContext& context) {
    if (context.IsCancelled())
      throw Error(ErrorCode::cancelled, "the client cancelled, vanished, or the worker is stopping");
  }

  static void send_results(const grpc::ServerContext& context, PendingCall& call,
                           grpc::ServerWriter<v1::GenerateReply>& writer) {
    v1::GenerateReply reply;
    std::unique_lock lock(call.mutex);
    for (;;) {
      call.changed.wait_for(lock, kClientCheckInterval, [&] { return call.finished || !call.ready.empty(); });
      require_client(context);
      while (!call.ready.empty()) {
        auto [index, result] = std::move(call.ready.front());
        call.ready.pop_front();
        lock.unlock();
        reply.Clear();
        reply.set_index(static_cast<uint32_t>(index));
        to_message(result, *reply.mutable_result());
        if (!writer.Write(reply)) throw Error(ErrorCode::cancelled, "the client is gone");
        lock.lock();
      }
      if (!call.finished) continue;
      if (call.error) std::rethrow_exception(call.error);
      return;
    }
  }

  static void wait_until_finished(const grpc::ServerContext& context, PendingCall& call) {
    std::unique_lock lock(call.mutex);
    while (!call.changed.wait_for(lock, kClientCheckInterval, [&] { return call.finished; })) require_client(context);
    if (call.error) std::rethrow_exception(call.error);
  }

  /// One update at a time: a second staged set would double the memory. The turn ends with the last copy of what is
  /// returned.
  std::shared_ptr<void> begin_update() {
    if (updating_.exchange(true))
      throw Error(ErrorCode::resource_exhausted, "another weight update is running on this worker");
    return std::shared_ptr<void>(nullptr, [this](void*) { updating_ = false; });
  }

  /// Only a learner of this machine may name memory of it.
  static SealedMemory open_shared(const grpc::ServerContext& context, const SealedMemoryName& name) {
    const std::string peer = context.peer();
    if (!peer.starts_with("ipv4:127.") && !peer.starts_with("ipv6:%5B::1%5D") && !peer.starts_with("ipv6:[::1]"))
      throw Error(ErrorCode::unimplemented, "shared memory of another machine (" + peer + ")");
    return SealedMemory::open(name);
  }

  static std::shared_ptr<const VerifiedWeights> receive(const grpc::ServerContext& context,
                                                        grpc::ServerReader<v1::WeightChunk>& reader,
                                                        WeightReceiver& receiver) {
    v1::WeightChunk chunk;
    while (reader.Read(&chunk)) {
      switch (chunk.part_case()) {
        case v1::WeightChunk::kManifest: {
          const WeightManifest manifest = from_message(chunk.manifest());
          receiver.begin(manifest);
          if (manifest.shared) receiver.add_shared(open_shared(context, *manifest.shared));
          break;
        }
        case v1::WeightChunk::kData: receiver.add(from_message(chunk.data())); break;
        case v1::WeightChunk::kCommit: return receiver.commit(chunk.commit().version());
        default: throw Error(ErrorCode::data_loss, "weight update: an empty message in the stream");
      }
    }
    throw Error(ErrorCode::data_loss, "weight update: the stream ended before its commit");
  }

  void set_serving(const WeightsId& id) {
    const std::lock_guard lock(mutex_);
    serving_ = id;
  }

  /// Behind the Generate calls that came before; returns when the weights are in use.
  void swap_in_turn(const grpc::ServerContext& context, std::shared_ptr<const VerifiedWeights> weights, std::shared_ptr<void> turn,
                    const WeightsId& id) {
    auto call = std::make_shared<PendingCall>();
    queue_.submit([this, turn = std::move(turn), weights = std::move(weights), call, id]() mutable {
      const std::exception_ptr error = swap(*weights, id);
      weights.reset();
      turn.reset();  // before the sender hears of it and may send again
      call->finish(error);
    });
    wait_until_finished(context, *call);
  }

  std::exception_ptr swap(const VerifiedWeights& weights, const WeightsId& id) {
    try {
      engine_.load_weights(weights.views(), id.version);
      set_serving(id);
      return nullptr;
    } catch (...) {
      return std::current_exception();
    }
  }

  CompletionEngine& engine_;
  const RolloutServerOptions options_;
  mutable std::mutex mutex_;
  WeightsId serving_;  // guarded by mutex_
  std::atomic<bool> updating_{false};
  EngineQueue queue_;  // last: its thread ends before the rest goes
};

}  // namespace

struct RolloutServer::Impl {
  Impl(CompletionEngine& engine, const RolloutServerOptions& options)
      : service(engine, options), server({.address = options.address, .tls = options.tls}, service) {}

  Service service;
  RpcServer server;
};

RolloutServer::RolloutServer(CompletionEngine& engine, const RolloutServerOptions& options)
    : impl_(std::make_unique<Impl>(engine, options)) {}

RolloutServer::~RolloutServer() = default;

const std::string& RolloutServer::address() const { return impl_->server.address(); }
WorkerInfo RolloutServer::info() const { return impl_->service.info(); }
void RolloutServer::stop(double grace_s) { impl_->server.stop(grace_s); }

void run_rollout_worker(CompletionEngine& engine, const RolloutServerOptions& options, const std::atomic<bool>& stop,
                        std::ostream& out) {
  RolloutServer server(engine, options);
  serve_until(stop, server.address(), out);
  server.stop(options.drain_s);
}

}  // namespace hone
