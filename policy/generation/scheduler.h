// Continuous batching: which prompt tokens and which samples go into each forward pass.
//
// Requests are admitted while fewer than max_batch_rows samples are alive: those that may take longest first (prompt and max_new_tokens),
// equal ones in their order, so that the last rows are not left alone with a long one. A pass takes one token of each running sample and
// up to max_prefill_rows prompt tokens. When a prompt is done, the first tokens of all its samples are drawn from its
// last row; the samples then run as rows become free, in order. The order of everything is a function of the requests.
// Thread rule: one run at a time, on one thread; work inside a pass is spread over the pool.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "policy/generation/forward.h"
#include "policy/generation/sample_run.h"
#include "policy/generator.h"

namespace hone {

using ResultSink = std::function<void(std::size_t index, RolloutResult result)>;
/// Called before each pass: may exchange the weights; the version of those in use then.
using VersionSource = std::function<uint64_t()>;

class Scheduler {
 public:
  /// All references outlive this. The requests are valid (Generator checks them).
  Scheduler(Forward& forward, const ModelConfig& config, const Tokenizer* tokenizer, const VersionSource& version,
            const GeneratorOptions& options, std::span<const RolloutRequest> requests, const ResultSink& on_result);

  /// Runs until all requests are delivered, or `cancel` (may be null) is set and what is there is delivered.
  GenerationStats run(const std::atomic<bool>* cancel);

 private:
  struct Request {
    std::size_t index = 0;
    RequestContext context;
    std::shared_ptr<KvSequence> prompt;
    int64_t prefilled = 0;
    std::vector<std::unique_ptr<SampleRun>> first_draws;  // while the prompt is being computed
    std::size_t done = 0;
    RolloutResult result;
  };
  struct Sample {
    Request* request;
    std::unique_ptr<SampleRun> run;
  };
  /// What a run of the pass belongs to: the request being prefilled or the running sample.
  struct Source {
    Request* prefill = nullptr;
    SampleRun* sample = nullptr;
  };

  std::unique_ptr<Request> make_request(std::size_t index) const;
  void use_newest_version();
  void admit();
  void plan_pass();
  void draw(const Source& source, std::span<const float> logits) const;
  void after_pass();
  void take_token(Sample sample, std::vector<Sample>& running);
  void finish(Request& request, SampleRun& run);
  void deliver(Request& request);
  void cancel_all();

  KvPool pool_;  // before everything that holds blocks of it
  Forward& forward_;
  const ModelConfig& config_;
  const Tokenizer* tokenizer_;
  const VersionSource& newest_version_;
  uint64_t version_ = 0;  // of the current pass
  GeneratorOptions options_;
  std::span<const RolloutRequest> requests_;
  const ResultSink& on_result_;

  std::vector<std::size_t> order_;  // of admission
  std::size_t next_request_ = 0;    // in order_
  int64_t alive_ = 0;                              // samples admitted and not finished
  std::vector<std::unique_ptr<Request>> open_;     // admitted, not delivered
  std::deque<Request*> prefilling_;
  std::deque<Sample> ready_;                       // have a token, wait for a row
  std::vector<Sample> running_;
  std::vector<ForwardRun> runs_;                   // of the current pass
  std::vector<Source> sources_;
  GenerationStats stats_;
};

}  // namespace hone
