#include "rl/budget_forcing.h"

#include <algorithm>
#include <utility>

#include "proto/base/error.h"
#include "rl/pipeline.h"

namespace hone {
namespace {

/// Random streams apart from those of plain evaluation: answers, then each round of extensions.
constexpr uint32_t kAnswerStep = 0xC0000000u;

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

void append(Completion& to, const Completion& part) {
  to.token_ids.insert(to.token_ids.end(), part.token_ids.begin(), part.token_ids.end());
  to.logprobs.insert(to.logprobs.end(), part.logprobs.begin(), part.logprobs.end());
  to.versions.insert(to.versions.end(), part.versions.begin(), part.versions.end());
}

void append_given(Completion& to, std::span<const int32_t> ids) {
  to.token_ids.insert(to.token_ids.end(), ids.begin(), ids.end());
  to.logprobs.resize(to.token_ids.size(), 0.0f);
  to.versions.resize(to.token_ids.size(), to.versions.empty() ? 0 : to.versions.back());
}

void cut(Completion& c, std::size_t tokens) {
  c.token_ids.resize(tokens);
  c.logprobs.resize(tokens);
  c.versions.resize(tokens);
}

std::vector<int32_t> joined(const std::vector<int32_t>& prompt, const std::vector<int32_t>& more) {
  std::vector<int32_t> out = prompt;
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

}  // namespace

BudgetForcer::BudgetForcer(const std::vector<TokenizedProblem>& problems, const Tokenizer& tokenizer, int64_t context_tokens,
                           RolloutSource& source, const EvalOptions& options, const BudgetForcing& forcing, const std::atomic<bool>* cancel)
    : problems_(problems), tokenizer_(tokenizer), source_(source), options_(options), forcing_(forcing), cancel_(cancel) {
  HONE_CHECK(forcing.longest_budget >= 1 && forcing.answer_length >= 1, "a budget and an answer have at least one token");
  forced_ids_ = tokenizer.encode(forcing.think_end + forcing.answer_prefix);
  extension_ids_ = tokenizer.encode(forcing.extension_text);
  if (forcing.think_end.empty() || tokenizer.encode(forcing.think_end).empty()) fail("/eval/think_end: '" + forcing.think_end + "' has no tokens");
  marker_id_ = tokenizer.token_to_id(forcing.think_end).value_or(-1);
  for (const TokenizedProblem& p : problems) {
    const auto needed = static_cast<int64_t>(p.prompt_token_ids.size() + forced_ids_.size()) + forcing.longest_budget + forcing.answer_length;
    if (needed > context_tokens)
      fail("/eval/thinking_budgets: " + std::to_string(forcing.longest_budget) + " tokens of thinking, " + std::to_string(forcing.answer_length) +
           " of answer (/eval/answer_length) and what is forced make " + std::to_string(needed) + " tokens with the prompt of problem " +
           p.problem.id + "; the model's context has " + std::to_string(context_tokens));
  }
}

uint32_t BudgetForcer::slot_of(std::size_t problem, std::size_t sample) const {
  return static_cast<uint32_t>(problem * static_cast<std::size_t>(options_.num_generations) + sample);
}

SamplingParams BudgetForcer::thinking_params(int32_t max_new_tokens) const {
  SamplingParams params = options_.params;
  params.max_new_tokens = max_new_tokens;
  if (marker_id_ >= 0) params.stop_token_ids.push_back(marker_id_);
  else params.stop.push_back(forcing_.think_end);
  return params;
}

BudgetForcer::State BudgetForcer::state_of(const Completion& c) const {
  if (c.finish_reason == FinishReason::length) return State::open;
  if (c.finish_reason == FinishReason::stop_token) return c.token_ids.back() == marker_id_ ? State::closed : State::ended;
  // A stop string: the marker's, or one of the run's own?
  const std::string all = tokenizer_.decode(c.token_ids, true);
  return marker_id_ < 0 && all.compare(std::min(all.size(), c.text.size()), forcing_.think_end.size(), forcing_.think_end) == 0 ? State::closed
                                                                                                                                : State::ended;
}

void BudgetForcer::think() {
  if (!thoughts_.empty()) return;
  const auto n = static_cast<std::size_t>(options_.num_generations);
  std::vector<RolloutRequest> requests;
  for (std::size_t p = 0; p < problems_.size(); ++p)
    requests.push_back({std::to_string(p), {options_.seed, kEvalStepBase + options_.step, static_cast<uint32_t>(p)},
                        problems_[p].prompt_token_ids, options_.num_generations, thinking_params(forcing_.longest_budget)});
  thoughts_.resize(problems_.size() * n);
  source_.generate(requests, [&](std::size_t p, RolloutResult result) {
    for (std::size_t i = 0; i < n; ++i) {
      Thought& thought = thoughts_[p * n + i];
      thought.completion = std::move(result.completions[i]);
      thought.state = state_of(thought.completion);
    }
  }, cancel_);
}

/// Tokens up to where the marker begins. It may begin inside of a token: what stands before it there is tokenized anew.
void BudgetForcer::drop_marker(Completion& thought) const {
  if (marker_id_ >= 0) return cut(thought, thought.token_ids.size() - 1);
  const std::string before = tokenizer_.decode(thought.token_ids, true);
  const std::string text = before.substr(0, before.rfind(forcing_.think_end));
  std::size_t count = thought.token_ids.size();
  std::string kept = before;
  while (count > 0 && !text.starts_with(kept)) kept = tokenizer_.decode(std::span(thought.token_ids).first(--count), true);
  cut(thought, count);
  append_given(thought, tokenizer_.encode(text.substr(kept.size())));
}

void BudgetForcer::extend(uint32_t round) {
  const auto n = static_cast<std::size_t>(options_.num_generations);
  std::vector<RolloutRequest> requests;
  std::vector<std::size_t> owners;
  for (std::size_t t = 0; t < extended_.size(); ++t) {
    Thought& thought = extended_[t];
    if (thought.state != State::closed) continue;
    drop_marker(thought.completion);
    append_given(thought.completion, extension_ids_);
    thought.state = State::open;
    const auto left = static_cast<int64_t>(forcing_.longest_budget) - static_cast<int64_t>(thought.completion.token_ids.size());
    if (left <= 0) continue;
    requests.push_back({std::to_string(t), {options_.seed, kAnswerStep + round, slot_of(t / n, t % n)},
                        joined(problems_[t / n].prompt_token_ids, thought.completion.token_ids), 1, thinking_params(static_cast<int32_t>(left))});
    owners.push_back(t);
  }
  if (requests.empty()) return;
  source_.generate(requests, [&](std::size_t r, RolloutResult result) {
    Thought& thought = extended_[owners[r]];
    const Completion& more = result.completions.at(0);
    thought.state = state_of(more);
    thought.completion.text = tokenizer_.decode(thought.completion.token_ids, true) + more.text;
    append(thought.completion, more);
    thought.completion.finish_reason = more.finish_reason;
  }, cancel_);
}

std::vector<Group> BudgetForcer::answers(const std::vector<Thought>& thoughts, int32_t budget) {
  const auto n = static_cast<std::size_t>(options_.num_generations);
  std::vector<Group> groups(problems_.size());
  std::vector<RolloutRequest> requests;
  std::vector<std::size_t> owners;
  SamplingParams params = options_.params;
  params.max_new_tokens = forcing_.answer_length;
  for (std::size_t t = 0; t < thoughts.size(); ++t) {
    Group& group = groups[t / n];
    Completion& c = group.completions.emplace_back(thoughts[t].completion);
    const bool within = static_cast<int64_t>(c.token_ids.size()) <= budget;
    if (within && thoughts[t].state == State::ended) continue;
    if (!within || thoughts[t].state == State::open) {
      cut(c, std::min(c.token_ids.size(), static_cast<std::size_t>(budget)));
      append_given(c, forced_ids_);
    }
    requests.push_back({std::to_string(t), {options_.seed, kAnswerStep, slot_of(t / n, t % n)},
                        joined(problems_[t / n].prompt_token_ids, c.token_ids), 1, params});
    owners.push_back(t);
  }
  for (std::size_t p = 0; p < groups.size(); ++p) {
    groups[p].slot = static_cast<uint32_t>(p);
    groups[p].group_id = std::to_string(p);
    groups[p].problem = problems_[p].problem;
    groups[p].prompt_token_ids = problems_[p].prompt_token_ids;
  }
  source_.generate(requests, [&](std::size_t r, RolloutResult result) {
    Completion& c = groups[owners[r] / n].completions[owners[r] % n];
    const Completion& answer = result.completions.at(0);
    c.text = tokenizer_.decode(c.token_ids, true) + answer.text;
    append(c, answer);
    c.finish_reason = answer.finish_reason;
  }, cancel_);
  return groups;
}

std::vector<Group> BudgetForcer::at_budget(int32_t budget) {
  HONE_CHECK(budget >= 1 && budget <= forcing_.longest_budget, "budget " + std::to_string(budget));
  think();
  return answers(thoughts_, budget);
}

std::vector<Group> BudgetForcer::extended(int32_t count) {
  HONE_CHECK(count >= extensions_, "extensions rise");
  think();
  if (extended_.empty()) extended_ = thoughts_;
  while (extensions_ < count) extend(static_cast<uint32_t>(++extensions_));
  return answers(extended_, forcing_.longest_budget);
}

}  // namespace hone
