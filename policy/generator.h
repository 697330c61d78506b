// Continuous-batching generation on the CPU: prompts x n samples -> completions. No torch.
//
// A prompt is computed once; its keys and values are shared by its samples. Finished rows leave, waiting ones enter. Prompt
// rows and decode rows run through the same fixed-order kernels, whose every output element adds its terms in an order that
// does not depend on batch size, position in the batch or thread count. So a completion is a pure function of (weights,
// prompt, params, key, sample index): the same alone, in a batch of 64, or on another worker (of the same instruction set).
//
// Thread rule: one call at a time per Generator, but stage_weights, which any thread may call while others run.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "policy/model_config.h"
#include "policy/weight_storage.h"
#include "policy/weights.h"
#include "proto/base/trace.h"

namespace hone {

class Tokenizer;
class ThreadPool;

struct GeneratorOptions {
  int32_t max_batch_rows = 128;   // decode rows that run together
  int32_t max_prefill_rows = 512; // prompt tokens taken into one forward pass
  WeightStorage weight_storage = WeightStorage::float32;  // what the model computes with is then the rounded weights
};

struct GenerationStats {
  int64_t prompt_tokens = 0;     // prefilled
  int64_t generated_tokens = 0;  // sampled
  int64_t forward_passes = 0;
  double seconds = 0.0;
};

class Generator {
 public:
  /// `tokenizer` is needed for text and stop strings (may be null: text stays empty, stop strings are refused). Both outlive this.
  Generator(const ModelConfig& config, const Tokenizer* tokenizer, ThreadPool& pool, GeneratorOptions options = {});
  ~Generator();

  /// Copies and packs weights (names and shapes of expected_tensors); they produce tokens of `version`. Throws invalid_argument
  /// on a missing tensor or wrong shape; the old weights stay in use then.
  void load_weights(std::span<const WeightView> weights, uint64_t version);
  /// In-flight update: packs weights beside those in use, which they replace before the next forward pass, also of a generate() that runs.
  /// Tokens drawn from then on carry `version`; keys and values of the tokens before stay those of the weights that made them (as in
  /// PipelineRL, arXiv:2509.19128). Holds a second packed model. Errors as load_weights.
  void stage_weights(std::span<const WeightView> weights, uint64_t version);
  /// Of the weights in use.
  uint64_t version() const;
  /// Frees the weights, staged ones too: nothing can be generated until new ones come.
  void release_weights();

  /// Runs all requests. `on_result(index, result)` is called on the calling thread as each request completes (any order).
  /// Throws invalid_argument before any work if a prompt is empty, has an id outside the vocabulary, or prompt + 1 exceeds the
  /// context length (max_position_embeddings); max_new_tokens is cut at the context. `cancel` ends early with what is there
  /// (FinishReason::cancelled).
  GenerationStats generate(std::span<const RolloutRequest> requests,
                           const std::function<void(std::size_t, RolloutResult)>& on_result,
                           const std::atomic<bool>* cancel = nullptr);

  /// Teacher-forced: element t of sequence s is log softmax(logits[t] / temperature)[ids[t+1]], nats; size max(0, T-1).
  std::vector<std::vector<float>> logprobs(std::span<const std::vector<int32_t>> sequences, double temperature = 1.0);

  /// Logits [V] after the last token of each sequence (reference tests, inspection).
  std::vector<std::vector<float>> last_logits(std::span<const std::vector<int32_t>> sequences);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hone
