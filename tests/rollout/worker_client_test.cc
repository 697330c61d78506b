// How weights get to a worker: through shared memory where it can be mapped, else as a stream.
#include "rollout/worker_client.h"

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

#include "hone/v1/rollout.grpc.pb.h"
#include "proto/rpc/server.h"
#include "proto/rpc/status.h"
#include "rollout/rpc/convert.h"
#include "tests/rollout/rpc_fixture.h"

namespace hone {
namespace {

using namespace hone::testing;

/// Notes what comes; refuses shared memory with this code.
class RecordingService : public v1::RolloutService::Service {
 public:
  explicit RecordingService(ErrorCode refusal) : refusal_(refusal) {}

  grpc::Status UpdateWeights(grpc::ServerContext* context, grpc::ServerReader<v1::WeightChunk>* reader,
                             v1::WeightAck* reply) override {
    v1::WeightChunk chunk;
    std::string seen;
    bool shared = false;
    while (reader->Read(&chunk)) {
      if (chunk.has_manifest()) {
        shared = chunk.manifest().has_shared();
        seen += shared ? "shared" : "manifest";
        *reply->mutable_weights() = chunk.manifest().weights();
      }
      if (chunk.has_data()) seen += " data";
      if (chunk.has_commit()) seen += " commit";
    }
    {
      const std::lock_guard lock(mutex_);
      updates_.push_back(seen);
    }
    return shared ? to_status(Error(refusal_, "cannot map"), *context) : grpc::Status::OK;
  }

  std::vector<std::string> updates() const {
    const std::lock_guard lock(mutex_);
    return updates_;
  }

 private:
  const ErrorCode refusal_;
  mutable std::mutex mutex_;
  std::vector<std::string> updates_;
};

TEST(WorkerClient, WeightsAreStreamedWhereSharedMemoryIsRefused) {
  const WeightSet weights = make_weights(small_tensors(), 3);
  for (const ErrorCode refusal : {ErrorCode::unimplemented, ErrorCode::data_loss}) {
    RecordingService service(refusal);
    RpcServer server({}, service);
    WorkerClient client(server.address(), {});
    client.update_weights(WeightSender({"run", 1, 1}, weights.views()), 0);
    client.update_weights(WeightSender({"run", 1, 2}, weights.views()), 1);
    server.stop(10.0);
    EXPECT_EQ(service.updates(),
              (std::vector<std::string>{"shared commit", "manifest data data commit", "manifest data data commit"}));
  }
}

TEST(WorkerClient, OtherRefusalsOfSharedWeightsAreErrors) {
  const WeightSet weights = make_weights(small_tensors(), 3);
  RecordingService service(ErrorCode::failed_precondition);
  RpcServer server({}, service);
  WorkerClient client(server.address(), {});
  EXPECT_EQ(error_of([&] {
              client.update_weights(WeightSender({"run", 1, 1}, weights.views()), 0);
            }),
            ErrorCode::failed_precondition);
  server.stop(10.0);
  EXPECT_EQ(service.updates(), std::vector<std::string>{"shared commit"});
}

TEST(WorkerClient, AWorkerOnThisMachineMapsTheWeights) {
  const WeightSet weights = make_weights(small_tensors(), 3);
  Worker worker;
  WorkerClient client(worker.address(), {});
  client.update_weights(WeightSender({"run", 1, 1}, weights.views()), 0);
  EXPECT_EQ(worker.server->info().weights, (WeightsId{"run", 1, 1}));
  EXPECT_EQ(worker.engine->loads, 1);
}

}  // namespace
}  // namespace hone
