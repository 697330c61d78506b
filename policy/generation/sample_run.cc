#include "policy/generation/sample_run.h"

#include <algorithm>
#include <utility>

#include "proto/base/random.h"

namespace hone {
namespace {

/// Start of the earliest stop string at or after `from`, or npos.
std::size_t find_stop(const std::string& text, const std::vector<std::string>& stops, std::size_t from) {
  std::size_t first = std::string::npos;
  for (const std::string& stop : stops) first = std::min(first, text.find(stop, from));
  return first;
}

}  // namespace

SampleRun::SampleRun(const RequestContext& context, uint32_t sample) : context_(context), sample_(sample) {
  const RolloutRequest& request = *context.request;
  if (request.params.repetition_penalty != 1.0) history_ = request.prompt_token_ids;
  if (!request.params.stop.empty()) stream_.emplace(*context.tokenizer, true);
}

int64_t SampleRun::position() const {
  return static_cast<int64_t>(context_.request->prompt_token_ids.size() + completion_.token_ids.size()) - 1;
}

void SampleRun::start_sequence(KvPool& pool, std::shared_ptr<const KvSequence> prompt) {
  sequence_ = std::make_unique<KvSequence>(pool, std::move(prompt));
}

void SampleRun::draw(std::span<const float> logits) {
  const SampleKey& key = context_.request->key;
  const double uniform =
      sample_uniform(key.run_seed, key.step, key.slot, sample_, static_cast<uint32_t>(completion_.token_ids.size()));
  drawn_ = sample_token(logits, history_, context_.request->params, uniform);
}

bool SampleRun::accept() {
  completion_.token_ids.push_back(drawn_.id);
  completion_.logprobs.push_back(drawn_.logprob);
  completion_.versions.push_back(context_.version);
  if (!history_.empty()) history_.push_back(drawn_.id);
  ended_ = true;
  if (std::find(context_.end_ids.begin(), context_.end_ids.end(), drawn_.id) != context_.end_ids.end()) {
    completion_.finish_reason = FinishReason::stop_token;
  } else if (stop_string_completed()) {
    completion_.finish_reason = FinishReason::stop_string;
  } else if (static_cast<int32_t>(completion_.token_ids.size()) >= context_.max_new_tokens) {
    completion_.finish_reason = FinishReason::length;
  } else {
    ended_ = false;
  }
  return ended_;
}

/// Looks at the text since the longest stop string's length before the new part.
bool SampleRun::stop_string_completed() {
  if (!stream_) return false;
  const std::optional<std::string> added = stream_->step(drawn_.id);
  if (!added || added->empty()) return false;
  const std::vector<std::string>& stops = context_.request->params.stop;
  std::size_t longest = 0;
  for (const std::string& stop : stops) longest = std::max(longest, stop.size());
  const std::size_t from = streamed_text_.size() - std::min(streamed_text_.size(), longest - 1);
  streamed_text_ += *added;
  return find_stop(streamed_text_, stops, from) != std::string::npos;
}

std::string SampleRun::final_text() const {
  if (context_.tokenizer == nullptr) return "";
  if (completion_.finish_reason == FinishReason::stop_string) {
    return streamed_text_.substr(0, find_stop(streamed_text_, context_.request->params.stop, 0));
  }
  std::span<const int32_t> ids = completion_.token_ids;
  if (completion_.finish_reason == FinishReason::stop_token) ids = ids.first(ids.size() - 1);
  return context_.tokenizer->decode(ids, true);
}

Completion SampleRun::finish() {
  if (!ended_) completion_.finish_reason = FinishReason::cancelled;
  completion_.text = final_text();
  sequence_.reset();
  return std::move(completion_);
}

}  // namespace hone
