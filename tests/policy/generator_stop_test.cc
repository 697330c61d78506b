// When a completion ends, with which text; shared prompts, cancelling, delivery.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "policy/tokenizer.h"
#include "proto/base/json.h"
#include "tests/policy/generator_test_support.h"
#include "tests/policy/tokenizer_fixture.h"

namespace hone::test {
namespace {

/// Bytes as tokens; after byte t comes t + 1. Token 256 is special and follows '~'; it is followed by itself.
class GeneratorStop : public testing::Test {
 protected:
  GeneratorStop() {
    Json file = byte_level_file({});
    Json end = added_token(256, "<end>");
    end["special"] = true;
    file["added_tokens"].push_back(end);
    tokenizer_ = load(file);
    model_.config.eos_token_ids = {256};
    engine_ = std::make_unique<Engine>(model_.config, model_.weights, tokenizer_.get(), GeneratorOptions{.max_batch_rows = 4});
  }

  static RolloutRequest from(char c, int32_t tokens, std::vector<std::string> stop = {}) {
    RolloutRequest request;
    request.prompt_token_ids = {c};
    request.params.temperature = 0.0;
    request.params.max_new_tokens = tokens;
    request.params.stop = std::move(stop);
    return request;
  }

  SuccessorModel model_{257, 40, [](int64_t t) { return t == '~' || t == 256 ? 256 : (t + 1) % 256; }};
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(GeneratorStop, LengthEndsATextThatGoesOn) {
  const Completion c = engine_->one(from('a', 4));
  EXPECT_EQ(c.text, "bcde");
  EXPECT_EQ(c.finish_reason, FinishReason::length);
  EXPECT_EQ(c.token_ids, (std::vector<int32_t>{'b', 'c', 'd', 'e'}));
  EXPECT_EQ(c.logprobs.size(), 4u);
  EXPECT_EQ(engine_->one(from('a', 1)).text, "b");
}

TEST_F(GeneratorStop, TheContextEndsAText) {
  const Completion c = engine_->one(from('!', 1000));
  EXPECT_EQ(c.token_ids.size(), 39u);
  EXPECT_EQ(c.finish_reason, FinishReason::length);
  RolloutRequest full = from('!', 5);
  full.prompt_token_ids.assign(39, '!');
  EXPECT_EQ(engine_->one(full).token_ids.size(), 1u);
}

TEST_F(GeneratorStop, TheStopTokenIsKeptInTheIdsAndCutFromTheText) {
  const Completion c = engine_->one(from('{', 10));
  EXPECT_EQ(c.token_ids, (std::vector<int32_t>{'|', '}', '~', 256}));
  EXPECT_EQ(c.text, "|}~");
  EXPECT_EQ(c.finish_reason, FinishReason::stop_token);
  RolloutRequest own = from('a', 10);
  own.params.stop_token_ids = {'d'};
  EXPECT_EQ(engine_->one(own).text, "bc");
  EXPECT_EQ(engine_->one(own).token_ids.size(), 3u);
}

TEST_F(GeneratorStop, IgnoredEndTokensGoOnAndStayOutOfTheText) {
  RolloutRequest request = from('{', 6);
  request.params.ignore_eos = true;
  const Completion c = engine_->one(request);
  EXPECT_EQ(c.token_ids.size(), 6u);
  EXPECT_EQ(c.text, "|}~");
  EXPECT_EQ(c.finish_reason, FinishReason::length);
  request.params.stop_token_ids = {256};
  EXPECT_EQ(engine_->one(request).finish_reason, FinishReason::stop_token);
}

TEST_F(GeneratorStop, AStopStringCutsTheTextAndKeepsTheTokens) {
  const Completion c = engine_->one(from('a', 20, {"zzz", "efg"}));
  EXPECT_EQ(c.text, "bcd");
  EXPECT_EQ(c.token_ids.size(), 6u);
  EXPECT_EQ(c.token_ids.back(), 'g');
  EXPECT_EQ(c.finish_reason, FinishReason::stop_string);
  EXPECT_EQ(engine_->one(from('a', 20, {"b"})).text, "");
  EXPECT_EQ(engine_->one(from('a', 20, {"de", "cde"})).text, "b") << "the earliest match counts";
  EXPECT_EQ(engine_->one(from('a', 5, {"ab"})).finish_reason, FinishReason::length) << "the prompt is not searched";
}

TEST_F(GeneratorStop, AStopStringOnTheLastTokenWinsOverLength) {
  const Completion c = engine_->one(from('a', 3, {"cd"}));
  EXPECT_EQ(c.finish_reason, FinishReason::stop_string);
  EXPECT_EQ(c.text, "b");
}

TEST_F(GeneratorStop, UnfinishedCharactersDoNotHideAStopString) {
  // 0xC3 0xA9 is an e with acute accent: a table that walks x, 0xC3, 0xA9, y.
  SuccessorModel model(257, 40, [](int64_t t) { return t == 'x' ? 0xC3 : t == 0xC3 ? 0xA9 : t == 0xA9 ? 'y' : 'x'; });
  Engine engine(model.config, model.weights, tokenizer_.get());
  EXPECT_EQ(engine.one(from('x', 20, {"\xC3\xA9"})).text, "");
  EXPECT_EQ(engine.one(from('y', 20, {"\xC3\xA9"})).text, "x");
  EXPECT_EQ(engine.one(from('y', 20, {"\xC3\xA9y"})).token_ids.size(), 4u);
  EXPECT_EQ(engine.one(from('y', 2)).text, "x\xEF\xBF\xBD");
}

TEST_F(GeneratorStop, WithoutATokenizerTheTextIsEmpty) {
  Engine engine(model_.config, model_.weights);
  EXPECT_EQ(engine.one(from('a', 3)).text, "");
  EXPECT_EQ(engine.one(from('a', 3)).token_ids.size(), 3u);
}

TEST_F(GeneratorStop, EveryRequestIsDeliveredOnceAsItCompletes) {
  std::vector<RolloutRequest> requests;
  for (int i = 0; i < 9; ++i) {
    requests.push_back(from('a', i == 0 ? 20 : 1 + i % 3));
    requests.back().num_generations = 1 + i % 4;
    requests.back().group_id = std::to_string(i);
  }
  std::vector<std::size_t> order;
  engine_->generator.generate(requests, [&](std::size_t index, RolloutResult result) {
    order.push_back(index);
    EXPECT_EQ(result.group_id, requests[index].group_id);
    EXPECT_EQ(result.completions.size(), static_cast<std::size_t>(requests[index].num_generations));
  });
  EXPECT_EQ(order.size(), 9u);
  EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), 9u);
  EXPECT_NE(order.front(), 0u) << "the long one is not waited for";
  EXPECT_TRUE(engine_->run({}).empty());
}

TEST_F(GeneratorStop, CancelDeliversWhatIsThere) {
  std::vector<RolloutRequest> requests(6, from('!', 30));
  requests[0] = from('a', 30, {"c"});
  requests[5].num_generations = 3;
  std::atomic<bool> cancel = false;
  std::vector<RolloutResult> results(requests.size());
  engine_->generator.generate(
      requests,
      [&](std::size_t i, RolloutResult r) {
        results[i] = std::move(r);
        cancel = true;
      },
      &cancel);
  EXPECT_EQ(results[0].completions[0].finish_reason, FinishReason::stop_string);
  const Completion& partial = results[1].completions.at(0);
  EXPECT_EQ(partial.finish_reason, FinishReason::cancelled);
  EXPECT_GT(partial.token_ids.size(), 0u);
  EXPECT_EQ(partial.text.size(), partial.token_ids.size());
  EXPECT_EQ(partial.versions.size(), partial.token_ids.size());
  ASSERT_EQ(results[5].completions.size(), 3u);
  for (const Completion& c : results[5].completions) EXPECT_EQ(c.finish_reason, FinishReason::cancelled);
}

TEST_F(GeneratorStop, WhatMayTakeLongestIsStartedFirst) {
  Engine one_row(model_.config, model_.weights, tokenizer_.get(), GeneratorOptions{.max_batch_rows = 1});
  const std::vector<RolloutRequest> requests{from('a', 3), from('!', 9), from('a', 3), from('a', 100), from('!', 5)};
  std::vector<std::size_t> order;
  one_row.generator.generate(requests, [&](std::size_t i, RolloutResult) { order.push_back(i); });
  EXPECT_EQ(order, (std::vector<std::size_t>{3, 1, 4, 0, 2}));
}

TEST_F(GeneratorStop, AnExceptionFromTheCallerPassesAndLeavesTheGeneratorUsable) {
  const std::vector<RolloutRequest> requests(3, from('a', 5));
  EXPECT_THROW(engine_->generator.generate(requests, [](std::size_t, RolloutResult) { throw std::runtime_error("full"); }),
               std::runtime_error);
  EXPECT_EQ(engine_->one(from('a', 2)).text, "bc");
}

}  // namespace
}  // namespace hone::test
