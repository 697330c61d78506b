#include "policy/generation/scheduler.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

namespace hone {

Scheduler::Scheduler(Forward& forward, const ModelConfig& config, const Tokenizer* tokenizer, const VersionSource& version,
                     const GeneratorOptions& options, std::span<const RolloutRequest> requests, const ResultSink& on_result)
    : pool_(config), forward_(forward), config_(config), tokenizer_(tokenizer), newest_version_(version), options_(options),
      requests_(requests), on_result_(on_result), order_(requests.size()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  const auto longest = [this](std::size_t i) {
    const auto prompt = static_cast<int64_t>(requests_[i].prompt_token_ids.size());
    return std::min<int64_t>(prompt + requests_[i].params.max_new_tokens, config_.max_position_embeddings);
  };
  std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) { return longest(a) > longest(b); });
}

std::unique_ptr<Scheduler::Request> Scheduler::make_request(std::size_t index) const {
  const RolloutRequest& request = requests_[index];
  auto made = std::make_unique<Request>();
  made->index = index;
  made->context.request = &request;
  made->context.tokenizer = tokenizer_;
  made->context.version = version_;
  const int64_t room = config_.max_position_embeddings - static_cast<int64_t>(request.prompt_token_ids.size());
  made->context.max_new_tokens = static_cast<int32_t>(std::min<int64_t>(request.params.max_new_tokens, room));
  if (!request.params.ignore_eos) made->context.end_ids = config_.eos_token_ids;
  made->context.end_ids.insert(made->context.end_ids.end(), request.params.stop_token_ids.begin(), request.params.stop_token_ids.end());
  made->result.group_id = request.group_id;
  made->result.completions.resize(static_cast<std::size_t>(request.num_generations));
  for (int32_t s = 0; s < request.num_generations; ++s) {
    made->first_draws.push_back(std::make_unique<SampleRun>(made->context, static_cast<uint32_t>(s)));
  }
  return made;
}

void Scheduler::use_newest_version() {
  const uint64_t newest = newest_version_();
  if (newest == version_) return;
  version_ = newest;
  for (const std::unique_ptr<Request>& request : open_) request->context.version = newest;
}

void Scheduler::admit() {
  int64_t waiting_prompt_rows = 0;
  for (const Request* r : prefilling_) {
    waiting_prompt_rows += static_cast<int64_t>(r->context.request->prompt_token_ids.size()) - r->prefilled;
  }
  while (next_request_ < requests_.size() && alive_ < options_.max_batch_rows && waiting_prompt_rows < options_.max_prefill_rows) {
    std::unique_ptr<Request> request = make_request(order_[next_request_++]);
    request->prompt = std::make_shared<KvSequence>(pool_);
    alive_ += request->context.request->num_generations;
    waiting_prompt_rows += static_cast<int64_t>(request->context.request->prompt_token_ids.size());
    prefilling_.push_back(request.get());
    open_.push_back(std::move(request));
  }
}

void Scheduler::plan_pass() {
  runs_.clear();
  sources_.clear();
  while (!ready_.empty() && static_cast<int64_t>(running_.size()) < options_.max_batch_rows) {
    Sample sample = std::move(ready_.front());
    ready_.pop_front();
    sample.run->start_sequence(pool_, sample.request->prompt);
    running_.push_back(std::move(sample));
  }
  for (Sample& sample : running_) {
    runs_.push_back({.sequence = sample.run->sequence(), .tokens = sample.run->last_token(), .first_position = sample.run->position()});
    sources_.push_back({.sample = sample.run.get()});
  }
  int64_t budget = options_.max_prefill_rows;
  for (Request* request : prefilling_) {
    if (budget == 0) break;
    const std::span<const int32_t> prompt = request->context.request->prompt_token_ids;
    const int64_t left = static_cast<int64_t>(prompt.size()) - request->prefilled;
    const int64_t n = std::min(left, budget);
    budget -= n;
    runs_.push_back({.sequence = request->prompt.get(),
                     .tokens = prompt.subspan(static_cast<std::size_t>(request->prefilled), static_cast<std::size_t>(n)),
                     .first_position = request->prefilled,
                     .first_logits_row = static_cast<std::size_t>(n == left ? n - 1 : n)});
    sources_.push_back({.prefill = request});
  }
}

/// Runs on the pool's threads; each source is touched by one call.
void Scheduler::draw(const Source& source, std::span<const float> logits) const {
  if (source.sample != nullptr) return source.sample->draw(logits);
  for (const std::unique_ptr<SampleRun>& run : source.prefill->first_draws) run->draw(logits);
}

void Scheduler::take_token(Sample sample, std::vector<Sample>& running) {
  ++stats_.generated_tokens;
  if (sample.run->accept()) return finish(*sample.request, *sample.run);
  running.push_back(std::move(sample));
}

void Scheduler::after_pass() {
  std::vector<Sample> running;
  for (Sample& sample : running_) take_token(std::move(sample), running);
  running_ = std::move(running);

  for (std::size_t i = 0; i < runs_.size(); ++i) {
    Request* request = sources_[i].prefill;
    if (request == nullptr) continue;
    request->prefilled += static_cast<int64_t>(runs_[i].tokens.size());
    stats_.prompt_tokens += static_cast<int64_t>(runs_[i].tokens.size());
  }
  while (!prefilling_.empty()) {
    Request* request = prefilling_.front();
    if (request->prefilled < static_cast<int64_t>(request->context.request->prompt_token_ids.size())) break;
    prefilling_.pop_front();
    std::vector<Sample> started;
    std::vector<std::unique_ptr<SampleRun>> draws = std::move(request->first_draws);
    for (std::unique_ptr<SampleRun>& run : draws) take_token({request, std::move(run)}, started);
    for (Sample& sample : started) ready_.push_back(std::move(sample));
  }

  // Deliver in order of admission; a delivered request frees its prompt's keys and values.
  for (std::unique_ptr<Request>& request : open_) {
    if (request->done == request->result.completions.size()) {
      deliver(*request);
      request.reset();
    }
  }
  std::erase(open_, nullptr);
}

void Scheduler::finish(Request& request, SampleRun& run) {
  request.result.completions[run.sample()] = run.finish();
  ++request.done;
  --alive_;
}

void Scheduler::deliver(Request& request) { on_result_(request.index, std::move(request.result)); }

void Scheduler::cancel_all() {
  for (Sample& sample : running_) finish(*sample.request, *sample.run);
  for (Sample& sample : ready_) finish(*sample.request, *sample.run);
  running_.clear();
  ready_.clear();
  prefilling_.clear();
  while (next_request_ < requests_.size()) open_.push_back(make_request(order_[next_request_++]));
  for (const std::unique_ptr<Request>& request : open_) {
    for (const std::unique_ptr<SampleRun>& run : request->first_draws) finish(*request, *run);
    deliver(*request);
  }
  open_.clear();
}

GenerationStats Scheduler::run(const std::atomic<bool>* cancel) {
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    if (cancel != nullptr && cancel->load()) {
      cancel_all();
      break;
    }
    use_newest_version();
    admit();
    plan_pass();
    if (runs_.empty()) break;
    forward_.run(runs_, [this](std::size_t run, std::size_t, std::span<const float> logits) { draw(sources_[run], logits); });
    ++stats_.forward_passes;
    after_pass();
  }
  stats_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return stats_;
}

}  // namespace hone
