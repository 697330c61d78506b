#include "policy/generator.h"

#include <algorithm>
#include <string>
#include <utility>

#include "policy/generation/forward.h"
#include "policy/generation/scheduler.h"
#include "policy/generation/weight_stage.h"
#include "policy/sampling.h"
#include "proto/base/error.h"
#include "proto/base/thread_pool.h"

namespace hone {
namespace {

constexpr int32_t kMaxGenerations = 65536;

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorCode::invalid_argument, message); }

void check_ids(std::span<const int32_t> ids, const ModelConfig& config, const std::string& what) {
  const auto bad = std::find_if(ids.begin(), ids.end(), [&](int32_t id) { return id < 0 || id >= config.vocab_size; });
  if (bad != ids.end()) {
    refuse(what + ": token id " + std::to_string(*bad) + " at index " + std::to_string(bad - ids.begin()) +
           " is outside the vocabulary of " + std::to_string(config.vocab_size));
  }
}

void check_request(const RolloutRequest& request, std::size_t index, const ModelConfig& config, bool has_tokenizer) {
  const std::string what = "generate: request " + std::to_string(index) + (request.group_id.empty() ? "" : " (" + request.group_id + ")");
  if (request.prompt_token_ids.empty()) refuse(what + ": the prompt is empty; give it at least one token (for example the BOS token)");
  check_ids(request.prompt_token_ids, config, what);
  const auto length = static_cast<int64_t>(request.prompt_token_ids.size());
  if (length + 1 > config.max_position_embeddings) {
    refuse(what + ": the prompt has " + std::to_string(length) + " tokens, which leaves no room in the context of " +
           std::to_string(config.max_position_embeddings));
  }
  if (request.num_generations < 1 || request.num_generations > kMaxGenerations) {
    refuse(what + ": num_generations is " + std::to_string(request.num_generations) + ", must be in 1.." + std::to_string(kMaxGenerations));
  }
  if (!request.params.stop.empty() && !has_tokenizer) refuse(what + ": stop strings need a tokenizer, and this model has none");
  validate(request.params);
}

/// The sequences of a teacher-forced pass, in chunks of rows.
class ForcedPass {
 public:
  using Sink = std::function<void(std::size_t sequence, std::size_t position, std::span<const float> logits)>;

  ForcedPass(Forward& forward, const ModelConfig& config, int64_t max_rows) : forward_(forward), pool_(config), max_rows_(max_rows) {}

  /// Computes the first `length` tokens of sequences[i] for each i; logits from `first_logits` on.
  struct Span {
    std::size_t length, first_logits;
  };
  void run(std::span<const std::vector<int32_t>> sequences, std::span<const Span> spans, const Sink& sink) {
    std::size_t next = 0, offset = 0;  // first sequence not finished, tokens of it done
    std::unique_ptr<KvSequence> open;
    while (next < sequences.size()) {
      std::vector<std::unique_ptr<KvSequence>> held;
      std::vector<ForwardRun> runs;
      std::vector<std::pair<std::size_t, std::size_t>> origin;  // sequence and its first token, per run
      for (int64_t budget = max_rows_; next < sequences.size() && budget > 0;) {
        const Span& span = spans[next];
        const std::size_t n = std::min(span.length - offset, static_cast<std::size_t>(budget));
        if (open == nullptr) open = std::make_unique<KvSequence>(pool_);
        if (n > 0) {
          const std::size_t first = span.first_logits > offset ? std::min(span.first_logits - offset, n) : 0;
          runs.push_back({open.get(), std::span(sequences[next]).subspan(offset, n), static_cast<int64_t>(offset), first});
          origin.emplace_back(next, offset);
          budget -= static_cast<int64_t>(n);
          offset += n;
        }
        if (offset < span.length) break;
        held.push_back(std::move(open));
        ++next;
        offset = 0;
      }
      forward_.run(runs, [&](std::size_t run, std::size_t row, std::span<const float> logits) {
        sink(origin[run].first, origin[run].second + row, logits);
      });
    }
  }

 private:
  Forward& forward_;
  KvPool pool_;
  int64_t max_rows_;
};

}  // namespace

struct Generator::Impl {
  Impl(const ModelConfig& model_config, const Tokenizer* text, ThreadPool& pool, GeneratorOptions limits)
      : config(model_config), tokenizer(text), options(limits), threads(pool), model(config, limits.weight_storage),
        stage(config, limits.weight_storage), forward(model, pool) {
    if (options.max_batch_rows < 1) refuse("generator: max_batch_rows is " + std::to_string(options.max_batch_rows) + ", must be 1 or more");
    if (options.max_prefill_rows < 1) {
      refuse("generator: max_prefill_rows is " + std::to_string(options.max_prefill_rows) + ", must be 1 or more");
    }
  }

  /// Of the weights in use, after those that wait have taken over.
  uint64_t newest_version() {
    stage.take(model, version);
    return version;
  }

  void require_weights() {
    newest_version();
    if (!model.loaded()) throw Error(ErrorCode::failed_precondition, "generator: no weights are loaded; call load_weights first");
  }

  void check_sequences(std::span<const std::vector<int32_t>> sequences) {
    require_weights();
    for (std::size_t s = 0; s < sequences.size(); ++s) {
      const std::string what = "sequence " + std::to_string(s);
      check_ids(sequences[s], config, what);
      if (static_cast<int64_t>(sequences[s].size()) > config.max_position_embeddings) {
        refuse(what + ": " + std::to_string(sequences[s].size()) + " tokens exceed the context of " +
               std::to_string(config.max_position_embeddings));
      }
    }
  }

  ModelConfig config;
  const Tokenizer* tokenizer;
  GeneratorOptions options;
  ThreadPool& threads;
  PackedModel model;
  WeightStage stage;
  Forward forward;
  uint64_t version = 0;
};

Generator::Generator(const ModelConfig& config, const Tokenizer* tokenizer, ThreadPool& pool, GeneratorOptions options)
    : impl_(std::make_unique<Impl>(config, tokenizer, pool, options)) {}

Generator::~Generator() = default;

void Generator::load_weights(std::span<const WeightView> weights, uint64_t version) {
  impl_->model.load(weights, impl_->threads);
  impl_->stage.drop();
  impl_->version = version;
}

void Generator::stage_weights(std::span<const WeightView> weights, uint64_t version) { impl_->stage.put(weights, version); }

void Generator::release_weights() {
  impl_->model.release();
  impl_->stage.drop();
}

uint64_t Generator::version() const { return impl_->version; }

GenerationStats Generator::generate(std::span<const RolloutRequest> requests,
                                    const std::function<void(std::size_t, RolloutResult)>& on_result,
                                    const std::atomic<bool>* cancel) {
  impl_->require_weights();
  for (std::size_t i = 0; i < requests.size(); ++i) check_request(requests[i], i, impl_->config, impl_->tokenizer != nullptr);
  const VersionSource newest_version = [this] { return impl_->newest_version(); };
  return Scheduler(impl_->forward, impl_->config, impl_->tokenizer, newest_version, impl_->options, requests, on_result).run(cancel);
}

std::vector<std::vector<float>> Generator::logprobs(std::span<const std::vector<int32_t>> sequences, double temperature) {
  impl_->check_sequences(sequences);
  SamplingParams params;
  params.temperature = temperature;
  validate(params);
  std::vector<std::vector<float>> result(sequences.size());
  std::vector<ForcedPass::Span> spans;
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    const std::size_t targets = sequences[s].empty() ? 0 : sequences[s].size() - 1;
    result[s].resize(targets);
    spans.push_back({.length = targets, .first_logits = 0});
  }
  ForcedPass(impl_->forward, impl_->config, impl_->options.max_prefill_rows)
      .run(sequences, spans, [&](std::size_t s, std::size_t t, std::span<const float> logits) {
        result[s][t] = token_logprob(logits, sequences[s][t + 1], temperature);
      });
  return result;
}

std::vector<std::vector<float>> Generator::last_logits(std::span<const std::vector<int32_t>> sequences) {
  impl_->check_sequences(sequences);
  std::vector<ForcedPass::Span> spans;
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    if (sequences[s].empty()) refuse("sequence " + std::to_string(s) + ": empty; there are no logits after no token");
    spans.push_back({.length = sequences[s].size(), .first_logits = sequences[s].size() - 1});
  }
  std::vector<std::vector<float>> result(sequences.size());
  ForcedPass(impl_->forward, impl_->config, impl_->options.max_prefill_rows)
      .run(sequences, spans, [&](std::size_t s, std::size_t, std::span<const float> logits) {
        result[s].assign(logits.begin(), logits.end());
      });
  return result;
}

}  // namespace hone
