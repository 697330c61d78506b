#include "rollout/worker_client.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "hone/v1/rollout.grpc.pb.h"
#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/rpc/channel.h"
#include "proto/rpc/convert.h"
#include "proto/rpc/status.h"
#include "rollout/completion_engine.h"
#include "rollout/rpc/convert.h"

namespace hone {

struct WorkerClient::Impl {
  Impl(const std::string& worker, const RpcSettings& rpc)
      : endpoint(worker),
        settings(rpc),
        channel(make_channel(worker, rpc)),
        stub(v1::RolloutService::NewStub(channel)) {}

  void check(const grpc::Status& status, const grpc::ClientContext& context, const char* call) const {
    if (!status.ok()) throw from_status(status, context, endpoint, call);
  }

  const std::string endpoint;
  const RpcSettings settings;
  const std::shared_ptr<grpc::Channel> channel;
  const std::unique_ptr<v1::RolloutService::Stub> stub;
  bool try_shared = is_loopback(parse_endpoint(endpoint).host);
  std::mutex mutex;
  bool cancelled = false;                  // guarded by mutex
  grpc::ClientContext* running = nullptr;  // guarded by mutex

  class RunningCall;
};

/// Makes a call's context reachable for set_cancelled() while the call runs.
class WorkerClient::Impl::RunningCall {
 public:
  RunningCall(Impl& client, grpc::ClientContext& context) : client_(client) {
    const std::lock_guard lock(client_.mutex);
    client_.running = &context;
    if (client_.cancelled) context.TryCancel();
  }
  ~RunningCall() {
    const std::lock_guard lock(client_.mutex);
    client_.running = nullptr;
  }
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

 private:
  Impl& client_;
};

namespace {

void check_result(const RolloutRequest& request, const RolloutResult& result, const std::string& endpoint) {
  if (result.group_id == request.group_id &&
      result.completions.size() == static_cast<std::size_t>(request.num_generations) && is_complete(result))
    return;
  throw Error(ErrorCode::data_loss, endpoint + ": Generate: the result for group " + request.group_id +
                                        " is of group " + result.group_id + " with " +
                                        std::to_string(result.completions.size()) + " completions; " +
                                        std::to_string(request.num_generations) + " complete ones were asked for");
}

}  // namespace

WorkerClient::WorkerClient(const std::string& endpoint, const RpcSettings& settings)
    : impl_(std::make_unique<Impl>(endpoint, settings)) {}

WorkerClient::~WorkerClient() = default;

const std::string& WorkerClient::endpoint() const { return impl_->endpoint; }

WorkerInfo WorkerClient::get_info() {
  await_connection(*impl_->channel, std::min(impl_->settings.connect_timeout_s, kReconnectS));
  grpc::ClientContext context;
  context.set_deadline(deadline_after(impl_->settings.connect_timeout_s));
  const Impl::RunningCall running(*impl_, context);
  v1::WorkerInfo reply;
  impl_->check(impl_->stub->GetInfo(&context, {}, &reply), context, "GetInfo");
  return from_message(reply);
}

void WorkerClient::generate(const WeightsId& weights, bool or_newer, std::span<const RolloutRequest> requests,
                            std::span<const std::size_t> indices,
                            const std::function<void(std::size_t, RolloutResult)>& on_result) {
  v1::GenerateRequest message;
  to_message(weights, *message.mutable_weights());
  message.set_or_newer(or_newer);
  for (std::size_t index : indices) to_message(requests[index], *message.add_requests());
  grpc::ClientContext context;
  context.set_deadline(deadline_after(impl_->settings.call_timeout_s));
  const Impl::RunningCall running(*impl_, context);
  const auto reader = impl_->stub->Generate(&context, message);
  std::vector<bool> answered(indices.size());
  std::size_t missing = indices.size();
  v1::GenerateReply reply;
  while (reader->Read(&reply)) {
    if (reply.index() >= indices.size() || answered[reply.index()]) {
      context.TryCancel();
      throw Error(ErrorCode::data_loss, impl_->endpoint + ": Generate: a second result for, or no request at, index " +
                                            std::to_string(reply.index()));
    }
    const std::size_t index = indices[reply.index()];
    RolloutResult result = from_message(reply.result());
    check_result(requests[index], result, impl_->endpoint);
    answered[reply.index()] = true;
    --missing;
    on_result(index, std::move(result));
  }
  impl_->check(reader->Finish(), context, "Generate");
  if (missing > 0)
    throw Error(ErrorCode::unavailable,
                impl_->endpoint + ": Generate: ended with " + std::to_string(missing) + " requests unanswered");
}

void WorkerClient::update_weights(const WeightSender& weights, uint64_t parent_version) {
  if (impl_->try_shared) {
    try {
      return send_weights(weights, parent_version, true);
    } catch (const Error& error) {
      // data_loss: a worker that does not know of shared memory, and misses the data.
      if (error.code() != ErrorCode::unimplemented && error.code() != ErrorCode::data_loss) throw;
      log_info("weights go to ", impl_->endpoint, " as a stream: ", error.what());
      impl_->try_shared = false;
    }
  }
  send_weights(weights, parent_version, false);
}

void WorkerClient::send_weights(const WeightSender& weights, uint64_t parent_version, bool shared) {
  grpc::ClientContext context;
  context.set_deadline(deadline_after(impl_->settings.call_timeout_s));
  v1::WeightAck ack;
  const auto writer = impl_->stub->UpdateWeights(&context, &ack);
  v1::WeightChunk message;
  to_message(weights.manifest(parent_version, shared), *message.mutable_manifest());
  bool open = writer->Write(message);
  for (std::size_t i = 0; open && !shared && i < weights.num_chunks(); ++i) {
    const WeightChunk chunk = weights.chunk(i);
    message.mutable_data()->set_offset(chunk.offset);
    message.mutable_data()->set_data(chunk.data.data(), chunk.data.size());
    open = writer->Write(message);
  }
  if (open) {
    message.mutable_commit()->set_version(weights.id().version);
    if (writer->Write(message)) writer->WritesDone();
  }
  impl_->check(writer->Finish(), context, "UpdateWeights");
  if (from_message(ack.weights()) != weights.id())
    throw Error(ErrorCode::data_loss, impl_->endpoint + ": UpdateWeights: sent " + to_string(weights.id()) +
                                          ", the worker confirms " + to_string(from_message(ack.weights())));
}

void WorkerClient::set_cancelled(bool cancelled) {
  const std::lock_guard lock(impl_->mutex);
  impl_->cancelled = cancelled;
  if (cancelled && impl_->running != nullptr) impl_->running->TryCancel();
}

}  // namespace hone
