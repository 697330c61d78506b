// The worker's side, spoken to call by call.
#include "rollout/rollout_server.h"

#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <future>
#include <sstream>

#include "hone/v1/rollout.grpc.pb.h"
#include "proto/rpc/channel.h"
#include "proto/rpc/convert.h"
#include "rollout/rpc/convert.h"
#include "tests/rollout/rpc_fixture.h"

namespace hone {
namespace {

using namespace hone::testing;

const WeightsId kOld{"run", 1, 1};
const WeightsId kNew{"run", 1, 2};

class Server : public ::testing::Test {
 protected:
  Server() : stub_(v1::RolloutService::NewStub(make_channel(worker_.address(), {}))) {
    EXPECT_TRUE(send(kOld, 0, [](std::vector<v1::WeightChunk>&) {}).ok());
  }

  /// The stream of an update, changed by `edit`.
  template <class Edit>
  grpc::Status send(const WeightsId& id, uint64_t parent, Edit edit) {
    const WeightSender sender(id, make_weights(small_tensors(), id.version).views());
    std::vector<v1::WeightChunk> stream(1);
    to_message(sender.manifest(parent), *stream[0].mutable_manifest());
    for (std::size_t i = 0; i < sender.num_chunks(); ++i) {
      v1::WeightData& data = *stream.emplace_back().mutable_data();
      data.set_offset(sender.chunk(i).offset);
      data.set_data(sender.chunk(i).data.data(), sender.chunk(i).data.size());
    }
    stream.emplace_back().mutable_commit()->set_version(id.version);
    edit(stream);
    grpc::ClientContext context;
    v1::WeightAck ack;
    const auto writer = stub_->UpdateWeights(&context, &ack);
    for (const v1::WeightChunk& chunk : stream)
      if (!writer->Write(chunk)) break;
    writer->WritesDone();
    return writer->Finish();
  }

  grpc::Status generate(const WeightsId& id, int* results = nullptr) {
    grpc::ClientContext context;
    v1::GenerateRequest request;
    to_message(id, *request.mutable_weights());
    for (const RolloutRequest& r : make_requests(2)) to_message(r, *request.add_requests());
    const auto reader = stub_->Generate(&context, request);
    v1::GenerateReply reply;
    while (reader->Read(&reply))
      if (results != nullptr) ++*results;
    return reader->Finish();
  }

  void expect_old_serves() {
    EXPECT_EQ(worker_.server->info().weights, kOld);
    EXPECT_EQ(worker_.engine->version(), kOld.version);
    int results = 0;
    EXPECT_TRUE(generate(kOld, &results).ok());
    EXPECT_EQ(results, 2);
  }

  Worker worker_;
  std::unique_ptr<v1::RolloutService::Stub> stub_;
};

TEST_F(Server, BrokenStreamLeavesTheOldVersion) {
  const grpc::Status cut = send(kNew, 1, [](std::vector<v1::WeightChunk>& stream) { stream.resize(2); });
  EXPECT_EQ(cut.error_code(), grpc::StatusCode::DATA_LOSS) << cut.error_message();
  expect_old_serves();
}

TEST_F(Server, VanishedSenderLeavesTheOldVersion) {
  {
    grpc::ClientContext context;
    v1::WeightAck ack;
    const auto writer = stub_->UpdateWeights(&context, &ack);
    v1::WeightChunk chunk;
    to_message(WeightSender(kNew, make_weights(small_tensors(), 2).views()).manifest(1), *chunk.mutable_manifest());
    EXPECT_TRUE(writer->Write(chunk));
    context.TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  expect_old_serves();
}

TEST_F(Server, WrongChecksumLeavesTheOldVersion) {
  const grpc::Status flipped =
      send(kNew, 1, [](std::vector<v1::WeightChunk>& stream) { (*stream[1].mutable_data()->mutable_data())[3] ^= 1; });
  EXPECT_EQ(flipped.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_NE(flipped.error_message().find("checksum"), std::string::npos) << flipped.error_message();
  expect_old_serves();
}

TEST_F(Server, WrongVersionRunOrParentLeavesTheOldVersion) {
  const auto as_is = [](std::vector<v1::WeightChunk>&) {};
  EXPECT_EQ(send({"run", 1, 1}, 1, as_is).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(send({"other", 1, 2}, 1, as_is).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(send({"run", 1, 2}, 0, as_is).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(send(kNew, 1, [](std::vector<v1::WeightChunk>& s) { s.insert(s.begin(), v1::WeightChunk()); }).error_code(),
            grpc::StatusCode::DATA_LOSS);
  expect_old_serves();
}

TEST_F(Server, GenerateForOtherWeightsFails) {
  EXPECT_EQ(generate(kNew).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(generate({"run", 2, 1}).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  expect_old_serves();
}

TEST_F(Server, UpdateIsStagedWhileGeneratingAndSwappedBetweenCalls) {
  worker_.engine->gate.close();
  auto running = std::async(std::launch::async, [&] {
    int results = 0;
    EXPECT_TRUE(generate(kOld, &results).ok());
    return results;
  });
  worker_.engine->gate.wait_for_arrivals(1);
  auto updating =
      std::async(std::launch::async, [&] { return send(kNew, 1, [](std::vector<v1::WeightChunk>&) {}).ok(); });
  EXPECT_EQ(worker_.server->info().weights, kOld);
  worker_.engine->gate.open();
  EXPECT_EQ(running.get(), 2);
  EXPECT_TRUE(updating.get());
  EXPECT_EQ(worker_.server->info().weights, kNew);
}

TEST_F(Server, CancelledClientStopsItsGeneration) {
  worker_.engine->gate.close();
  grpc::ClientContext context;
  v1::GenerateRequest request;
  to_message(kOld, *request.mutable_weights());
  to_message(make_requests(1)[0], *request.add_requests());
  const auto reader = stub_->Generate(&context, request);
  worker_.engine->gate.wait_for_arrivals(1);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  // The engine's thread takes the next call only after the cancelled one has ended, while its door is still closed.
  EXPECT_EQ(generate(kNew).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(worker_.engine->cancelled_calls, 1);
  worker_.engine->gate.open();
  expect_old_serves();
}

TEST_F(Server, ConcurrentCallsAreServedOneAfterAnother) {
  std::vector<std::future<bool>> calls;
  for (int i = 0; i < 8; ++i)
    calls.push_back(std::async(std::launch::async, [&] {
      int results = 0;
      return generate(kOld, &results).ok() && results == 2;
    }));
  for (auto& call : calls) EXPECT_TRUE(call.get());
}

TEST(RolloutWorker, RunsUntilStopped) {
  FakeEngine engine;
  std::atomic<bool> stop{true};
  std::ostringstream out;
  run_rollout_worker(engine, {.fingerprint = "f", .vocab_size = 1, .slots = 1}, stop, out);
  EXPECT_EQ(out.str().rfind("listening on 127.0.0.1:", 0), 0u) << out.str();
  EXPECT_EQ(out.str().back(), '\n');
}

}  // namespace
}  // namespace hone
