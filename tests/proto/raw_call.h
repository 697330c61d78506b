// Calls by method name with raw bytes: broken messages, and services without a generated client here.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "proto/rpc/channel.h"

namespace hone::testing {

inline constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
inline const std::string kServing("\x08\x01", 2);     // HealthCheckResponse{status: SERVING}
inline const std::string kNotServing("\x08\x02", 2);  // HealthCheckResponse{status: NOT_SERVING}

inline std::string to_bytes(const grpc::ByteBuffer& buffer) {
  std::string bytes;
  std::vector<grpc::Slice> slices;
  if (buffer.Valid() && buffer.Dump(&slices).ok())
    for (const grpc::Slice& part : slices) bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
  return bytes;
}

inline grpc::ByteBuffer to_buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

/// One request, one reply. `context` may carry a deadline; without one it gets 50 s.
inline grpc::Status raw_call(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext& context,
                             const std::string& method, const std::string& request, std::string* reply) {
  grpc::GenericStub stub(channel);
  if (context.deadline() == std::chrono::system_clock::time_point::max()) context.set_deadline(deadline_after(50.0));
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareUnaryCall(&context, method, to_buffer(request), &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (status.ok()) *reply = to_bytes(answer);
  return status;
}

inline grpc::Status raw_call(const std::string& address, const std::string& method, const std::string& request,
                             std::string* reply) {
  grpc::ClientContext context;
  return raw_call(make_channel(address, {}), context, method, request, reply);
}

/// A stream of grpc.health.v1.Health/Watch: one message for each change of state.
class HealthWatch {
 public:
  explicit HealthWatch(const std::string& address) : stub_(make_channel(address, {})) {
    context_.set_deadline(deadline_after(60.0));
    call_ = stub_.PrepareCall(&context_, "/grpc.health.v1.Health/Watch", &queue_);
    call_->StartCall(nullptr);
    wait();
    call_->Write(to_buffer(""), nullptr);
    wait();
  }
  ~HealthWatch() {
    context_.TryCancel();
    grpc::Status status;
    call_->Finish(&status, nullptr);
    wait();
  }
  /// The next state's bytes (kServing, kNotServing); "" when the stream has ended.
  std::string next() {
    grpc::ByteBuffer message;
    call_->Read(&message, nullptr);
    return wait() ? to_bytes(message) : "";
  }

 private:
  bool wait() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

}  // namespace hone::testing
