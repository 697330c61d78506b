// The real generator with a tiny random model behind the wire: same bits as in this process.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "policy/generator.h"
#include "proto/base/thread_pool.h"
#include "tests/rollout/rpc_fixture.h"

namespace hone {
namespace {

using namespace hone::testing;

ModelConfig tiny_config() {
  ModelConfig config;
  config.model_type = "llama";
  config.vocab_size = 64;
  config.hidden_size = 32;
  config.intermediate_size = 48;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 8;
  config.max_position_embeddings = 64;
  config.tie_word_embeddings = true;
  config.eos_token_ids = {0};
  return config;
}

/// A generator with the pool and the engine around it, as a worker process has them.
struct Model {
  Model()
      : pool(1), generator(tiny_config(), nullptr, pool, {}), engine(make_generator_engine(generator, tiny_config())) {}
  ThreadPool pool;
  Generator generator;
  std::unique_ptr<CompletionEngine> engine;
};

std::vector<RolloutRequest> prompts() {
  std::vector<RolloutRequest> requests = make_requests(11, 3, 12);
  for (RolloutRequest& request : requests)
    request.prompt_token_ids.push_back(static_cast<int32_t>(request.key.slot) + 5);
  return requests;
}

TEST(RemoteGenerator, SameBitsAsLocalWithOneAndThreeWorkers) {
  const WeightSet weights = random_weights(tiny_config(), 0.3, 1);
  const auto requests = prompts();
  Model here;
  LocalRollout local(std::move(here.engine));
  local.publish(3, weights.views());
  const auto expected = collect(local, requests);
  EXPECT_FALSE(expected[0].completions[0].token_ids.empty());
  for (int workers : {1, 3}) {
    std::vector<std::unique_ptr<Model>> models;
    std::vector<std::unique_ptr<RolloutServer>> servers;
    std::vector<std::string> endpoints;
    for (int w = 0; w < workers; ++w) {
      RolloutServerOptions options;
      options.fingerprint = "f00d";
      options.vocab_size = 1000;
      options.slots = 8;
      models.push_back(std::make_unique<Model>());
      servers.push_back(std::make_unique<RolloutServer>(*models.back()->engine, options));
      endpoints.push_back(servers.back()->address());
    }
    RemoteRollout remote(client_options(endpoints));
    remote.publish(3, weights.views());
    EXPECT_TRUE(same_bits(collect(remote, requests), expected)) << workers << " workers";
  }
}

TEST(RemoteGenerator, RefusesAPromptOutsideTheVocabularyByName) {
  Model model;
  RolloutServerOptions options;
  options.fingerprint = "f00d";
  options.vocab_size = 1000;
  RolloutServer server(*model.engine, options);
  RemoteRollout remote(client_options({server.address()}));
  remote.publish(0, random_weights(tiny_config(), 0.3, 1).views());
  auto requests = make_requests(1);
  requests[0].prompt_token_ids = {64};
  EXPECT_EQ(error_of([&] { collect(remote, requests); }), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace hone
