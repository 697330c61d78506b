#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/base/error.h"
#include "tests/policy/generator_test_support.h"

namespace hone::test {
namespace {

class GeneratorError : public testing::Test {
 protected:
  template <class Body>
  static void expect_refused(const std::string& part, const Body& body, ErrorCode code = ErrorCode::invalid_argument) {
    try {
      body();
      ADD_FAILURE() << "accepted: " << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }

  void expect_request_refused(const std::string& part, void (*change)(RolloutRequest&)) {
    std::vector<RolloutRequest> requests(2);
    for (RolloutRequest& r : requests) r.prompt_token_ids = {1, 2};
    change(requests[1]);
    int delivered = 0;
    expect_refused(part, [&] { engine_.generator.generate(requests, [&](std::size_t, RolloutResult) { ++delivered; }); });
    EXPECT_EQ(delivered, 0) << "refused before any work";
  }

  SuccessorModel model_{20, 16, [](int64_t t) { return (t + 1) % 20; }};
  Engine engine_{model_.config, model_.weights};
};

TEST_F(GeneratorError, Requests) {
  expect_request_refused("request 1: the prompt is empty", [](RolloutRequest& r) { r.prompt_token_ids.clear(); });
  expect_request_refused("token id 20", [](RolloutRequest& r) { r.prompt_token_ids = {1, 20}; });
  expect_request_refused("token id -1", [](RolloutRequest& r) { r.prompt_token_ids = {-1}; });
  expect_request_refused("16 tokens", [](RolloutRequest& r) { r.prompt_token_ids.assign(16, 1); });
  expect_request_refused("num_generations", [](RolloutRequest& r) { r.num_generations = 0; });
  expect_request_refused("num_generations", [](RolloutRequest& r) { r.num_generations = 2000000000; });
  expect_request_refused("max_new_tokens", [](RolloutRequest& r) { r.params.max_new_tokens = 0; });
  expect_request_refused("tokenizer", [](RolloutRequest& r) { r.params.stop = {"x"}; });
  expect_request_refused("top_p", [](RolloutRequest& r) { r.params.top_p = -1.0; });
}

TEST_F(GeneratorError, Sequences) {
  using Sequences = std::vector<std::vector<int32_t>>;
  expect_refused("token id 99", [&] { engine_.generator.logprobs(Sequences{{1, 99}}); });
  expect_refused("context of 16", [&] { engine_.generator.logprobs(Sequences{std::vector<int32_t>(17, 1)}); });
  expect_refused("temperature", [&] { engine_.generator.logprobs(Sequences{{1, 2}}, -1.0); });
  expect_refused("sequence 1: empty", [&] { engine_.generator.last_logits(Sequences{{1}, {}}); });
  const auto logprobs = engine_.generator.logprobs(Sequences{{}, {3}, std::vector<int32_t>(16, 1), {}});
  ASSERT_EQ(logprobs.size(), 4u);
  EXPECT_TRUE(logprobs[0].empty() && logprobs[1].empty() && logprobs[3].empty());
  EXPECT_EQ(logprobs[2].size(), 15u);
  EXPECT_TRUE(engine_.generator.last_logits(Sequences{}).empty());
}

TEST_F(GeneratorError, Options) {
  ThreadPool pool(1);
  expect_refused("max_batch_rows", [&] { Generator(model_.config, nullptr, pool, {.max_batch_rows = 0}); });
  expect_refused("max_prefill_rows", [&] { Generator(model_.config, nullptr, pool, {.max_prefill_rows = -3}); });
}

TEST_F(GeneratorError, WeightsThatDoNotFitLeaveTheOldOnesInUse) {
  RolloutRequest request;
  request.prompt_token_ids = {4};
  request.params.max_new_tokens = 3;
  request.params.temperature = 0.0;
  const std::vector<int32_t> before = engine_.one(request).token_ids;
  EXPECT_EQ(before, (std::vector<int32_t>{5, 6, 7}));

  const SuccessorModel backwards(20, 16, [](int64_t t) { return (t + 19) % 20; });
  std::vector<WeightView> missing = backwards.weights.views();
  missing.pop_back();
  expect_refused("lm_head.weight is missing", [&] { engine_.generator.load_weights(missing, 9); });
  std::vector<WeightView> wrong = backwards.weights.views();
  wrong.back().shape = {20, 19};
  expect_refused("lm_head.weight has shape [20, 19]", [&] { engine_.generator.load_weights(wrong, 9); });
  std::vector<WeightView> twice = backwards.weights.views();
  twice.push_back(twice.front());
  expect_refused("given twice", [&] { engine_.generator.load_weights(twice, 9); });
  EXPECT_EQ(engine_.generator.version(), 7u);
  EXPECT_EQ(engine_.one(request).token_ids, before);
}

TEST_F(GeneratorError, WithoutWeights) {
  ThreadPool pool(1);
  Generator generator(model_.config, nullptr, pool);
  expect_refused("load_weights", [&] { generator.generate({}, [](std::size_t, RolloutResult) {}); }, ErrorCode::failed_precondition);
  expect_refused("load_weights", [&] { generator.logprobs({}); }, ErrorCode::failed_precondition);
}

TEST_F(GeneratorError, ReleasedWeightsAreGoneUntilTheNextOnes) {
  RolloutRequest request;
  request.prompt_token_ids = {4};
  request.params.max_new_tokens = 5;
  const Completion before = engine_.one(request);
  engine_.generator.release_weights();
  expect_refused("load_weights", [&] { engine_.one(request); }, ErrorCode::failed_precondition);
  engine_.generator.load_weights(model_.weights.views(), 8);
  const Completion after = engine_.one(request);
  EXPECT_EQ(after.token_ids, before.token_ids);
  EXPECT_EQ(after.logprobs, before.logprobs);
}

TEST_F(GeneratorError, WeightsThatAreNotNumbers) {
  WeightSet broken = model_.weights;
  for (WeightSet::Tensor& t : broken.tensors) t.data[0] = __builtin_nanf("");
  engine_.generator.load_weights(broken.views(), 8);
  RolloutRequest request;
  request.prompt_token_ids = {4};
  expect_refused("not finite", [&] { engine_.one(request); }, ErrorCode::failed_precondition);
}

}  // namespace
}  // namespace hone::test
