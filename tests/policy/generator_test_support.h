// Models for the tests of generation: random ones, and one whose continuation is a table.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "policy/generator.h"
#include "policy/kernels/gemm.h"
#include "policy/model_config.h"
#include "policy/weights.h"
#include "proto/base/random.h"
#include "proto/base/thread_pool.h"

namespace hone::test {

/// Wider than the kernels' cache block, so that blocked and unblocked products meet.
inline ModelConfig random_model_config(bool tied = true, bool qk_norm = false) {
  ModelConfig config;
  config.model_type = qk_norm ? "qwen3" : "qwen2";
  config.vocab_size = 331;
  config.hidden_size = 288;
  config.intermediate_size = 300;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 6;
  config.num_key_value_heads = 2;
  config.head_dim = 20;
  config.max_position_embeddings = 200;
  config.attention_bias = !qk_norm;
  config.qk_norm = qk_norm;
  config.tie_word_embeddings = tied;
  config.eos_token_ids = {5, 17};
  return config;
}

inline std::vector<int32_t> random_prompt(int64_t length, int64_t vocabulary, uint64_t seed) {
  PhiloxStream stream(seed, 3);
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < length; ++i) ids.push_back(static_cast<int32_t>(stream.next_below(static_cast<uint64_t>(vocabulary))));
  return ids;
}

/// A model that puts nearly all probability on next(t) after token t, whatever came before.
struct SuccessorModel {
  ModelConfig config;
  WeightSet weights;

  SuccessorModel(int64_t vocab, int64_t context, const std::function<int64_t(int64_t)>& next) {
    config.model_type = "llama";
    config.vocab_size = config.hidden_size = vocab;
    config.intermediate_size = 8;
    config.num_hidden_layers = config.num_attention_heads = config.num_key_value_heads = 1;
    config.head_dim = 4;
    config.max_position_embeddings = context;
    weights = random_weights(config, 0.1, 1);
    for (WeightSet::Tensor& tensor : weights.tensors) {
      const bool norm = tensor.name.find("norm") != std::string::npos;
      std::fill(tensor.data.begin(), tensor.data.end(), norm ? 1.0f : 0.0f);
      for (int64_t t = 0; t < vocab; ++t) {
        if (tensor.name == "model.embed_tokens.weight") tensor.data[static_cast<std::size_t>(t * vocab + t)] = 1.0f;
        if (tensor.name == "lm_head.weight") tensor.data[static_cast<std::size_t>(next(t) * vocab + t)] = 2.0f;
      }
    }
  }
};

/// `weights` as the generator holds them in `storage`: every row of a matrix rounded, vectors as they are.
inline WeightSet stored_weights(const WeightSet& weights, WeightStorage storage) {
  WeightSet rounded = weights;
  for (WeightSet::Tensor& tensor : rounded.tensors) {
    if (tensor.shape.size() != 2) continue;
    PackedMatrix packed(tensor.shape[0], tensor.shape[1], storage);
    packed.pack_rows(0, tensor.shape[0], tensor.data.data());
    for (int64_t r = 0; r < tensor.shape[0]; ++r) packed.unpack_row(r, tensor.data.data() + r * tensor.shape[1]);
  }
  return rounded;
}

/// A generator with its threads.
struct Engine {
  ThreadPool pool;
  Generator generator;

  Engine(const ModelConfig& config, const WeightSet& weights, const Tokenizer* tokenizer = nullptr, GeneratorOptions options = {},
         int threads = 1, uint64_t version = 7)
      : pool(threads), generator(config, tokenizer, pool, options) {
    generator.load_weights(weights.views(), version);
  }

  std::vector<RolloutResult> run(std::span<const RolloutRequest> requests) {
    std::vector<RolloutResult> results(requests.size());
    stats = generator.generate(requests, [&](std::size_t i, RolloutResult r) { results[i] = std::move(r); });
    return results;
  }
  Completion one(const RolloutRequest& request) { return run({&request, 1}).at(0).completions.at(0); }

  GenerationStats stats;
};

}  // namespace hone::test
