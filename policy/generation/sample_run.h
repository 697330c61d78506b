// One completion while it grows: its tokens, when it ends and why, and its text.
// Thread rule: one thread at a time; draw() of different runs may overlap.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/generation/kv_cache.h"
#include "policy/sampling.h"
#include "policy/tokenizer.h"
#include "proto/base/trace.h"

namespace hone {

/// What the samples of one request have in common.
struct RequestContext {
  const RolloutRequest* request = nullptr;
  const Tokenizer* tokenizer = nullptr;  // null: no text
  uint64_t version = 0;                  // of the weights in use: that of the token drawn next
  int32_t max_new_tokens = 0;            // cut at the context's end
  std::vector<int32_t> end_ids;          // model's end-of-text ids (unless ignored) and the request's stop ids
};

class SampleRun {
 public:
  /// `context` outlives this.
  SampleRun(const RequestContext& context, uint32_t sample);

  /// Chooses the next token from the logits after the last one; accept() takes it in.
  void draw(std::span<const float> logits);
  /// Appends the drawn token; true when the completion has ended.
  bool accept();

  uint32_t sample() const { return sample_; }
  std::span<const int32_t> last_token() const { return std::span(completion_.token_ids).last(1); }
  /// Position of the last token in its sequence.
  int64_t position() const;

  KvSequence* sequence() { return sequence_.get(); }
  void start_sequence(KvPool& pool, std::shared_ptr<const KvSequence> prompt);

  /// The completion with its text; `cancelled` where it had not ended. Frees the sequence.
  Completion finish();

 private:
  bool stop_string_completed();
  std::string final_text() const;

  const RequestContext& context_;
  uint32_t sample_;
  SampledToken drawn_;
  Completion completion_;
  bool ended_ = false;
  std::vector<int32_t> history_;  // prompt and sampled ids; kept only for the repetition penalty
  std::unique_ptr<KvSequence> sequence_;
  std::optional<DecodeStream> stream_;  // only with stop strings
  std::string streamed_text_;
};

}  // namespace hone
