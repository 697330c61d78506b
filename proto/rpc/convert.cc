#include "proto/rpc/convert.h"

#include <string>
#include <vector>

#include "proto/base/error.h"

namespace hone {
namespace {

template <class Repeated, class T>
void copy_to(const std::vector<T>& values, Repeated* out) {
  out->Assign(values.begin(), values.end());
}

template <class T, class Repeated>
std::vector<T> copy_from(const Repeated& values) {
  return std::vector<T>(values.begin(), values.end());
}

[[noreturn]] void unknown_value(const char* field, int value) {
  throw Error(ErrorCode::data_loss, std::string(field) + ": unknown value " + std::to_string(value) + " in a message");
}

v1::FinishReason to_wire(FinishReason reason) {
  switch (reason) {
    case FinishReason::stop_token: return v1::FINISH_REASON_STOP_TOKEN;
    case FinishReason::stop_string: return v1::FINISH_REASON_STOP_STRING;
    case FinishReason::length: return v1::FINISH_REASON_LENGTH;
    case FinishReason::cancelled: return v1::FINISH_REASON_CANCELLED;
  }
  return v1::FINISH_REASON_UNSPECIFIED;
}

FinishReason from_wire(v1::FinishReason reason) {
  switch (reason) {
    case v1::FINISH_REASON_STOP_TOKEN: return FinishReason::stop_token;
    case v1::FINISH_REASON_STOP_STRING: return FinishReason::stop_string;
    case v1::FINISH_REASON_LENGTH: return FinishReason::length;
    case v1::FINISH_REASON_CANCELLED: return FinishReason::cancelled;
    default: unknown_value("finish_reason", reason);
  }
}

v1::Outcome to_wire(Outcome outcome) {
  switch (outcome) {
    case Outcome::scored: return v1::OUTCOME_SCORED;
    case Outcome::skipped: return v1::OUTCOME_SKIPPED;
    case Outcome::error: return v1::OUTCOME_ERROR;
  }
  return v1::OUTCOME_UNSPECIFIED;
}

Outcome from_wire(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_SCORED: return Outcome::scored;
    case v1::OUTCOME_SKIPPED: return Outcome::skipped;
    case v1::OUTCOME_ERROR: return Outcome::error;
    default: unknown_value("outcome", outcome);
  }
}

void to_message(const SamplingParams& params, v1::SamplingParams& out) {
  out.set_temperature(params.temperature);
  out.set_top_k(params.top_k);
  out.set_top_p(params.top_p);
  out.set_min_p(params.min_p);
  out.set_repetition_penalty(params.repetition_penalty);
  out.set_max_new_tokens(params.max_new_tokens);
  for (const std::string& stop : params.stop) out.add_stop(stop);
  copy_to(params.stop_token_ids, out.mutable_stop_token_ids());
  out.set_ignore_eos(params.ignore_eos);
}

SamplingParams from_message(const v1::SamplingParams& message) {
  return {.temperature = message.temperature(),
          .top_k = message.top_k(),
          .top_p = message.top_p(),
          .min_p = message.min_p(),
          .repetition_penalty = message.repetition_penalty(),
          .max_new_tokens = message.max_new_tokens(),
          .stop = copy_from<std::string>(message.stop()),
          .stop_token_ids = copy_from<int32_t>(message.stop_token_ids()),
          .ignore_eos = message.ignore_eos()};
}

void to_message(const Problem& problem, v1::Problem& out) {
  out.set_id(problem.id);
  out.set_task(problem.task);
  out.set_prompt(problem.prompt);
  out.set_reference(problem.reference);
  out.set_metadata_json(problem.metadata_json);
}

Problem from_message(const v1::Problem& message) {
  return {message.id(), message.task(), message.prompt(), message.reference(), message.metadata_json()};
}

}  // namespace

void to_message(const Reward& reward, v1::Reward& out) {
  out.set_score(reward.score);
  out.set_outcome(to_wire(reward.outcome));
  for (const RewardComponent& component : reward.components) {
    v1::RewardComponent& added = *out.add_components();
    added.set_name(component.name);
    added.set_score(component.score);
    added.set_outcome(to_wire(component.outcome));
    added.set_detail(component.detail);
  }
}

Reward from_message(const v1::Reward& message) {
  Reward reward{message.score(), from_wire(message.outcome()), {}};
  for (const v1::RewardComponent& component : message.components())
    reward.components.push_back(
        {component.name(), component.score(), from_wire(component.outcome()), component.detail()});
  return reward;
}

void to_message(const Completion& completion, v1::Completion& out) {
  copy_to(completion.token_ids, out.mutable_token_ids());
  copy_to(completion.logprobs, out.mutable_logprobs());
  copy_to(completion.versions, out.mutable_versions());
  out.set_text(completion.text);
  out.set_finish_reason(to_wire(completion.finish_reason));
  to_message(completion.reward, *out.mutable_reward());
}

Completion from_message(const v1::Completion& message) {
  if (message.logprobs_size() != message.token_ids_size() || message.versions_size() != message.token_ids_size())
    throw Error(ErrorCode::data_loss, "completion with " + std::to_string(message.token_ids_size()) + " tokens, " +
                                          std::to_string(message.logprobs_size()) + " logprobs and " +
                                          std::to_string(message.versions_size()) +
                                          " versions in a message; they must be equal");
  Completion completion;
  completion.token_ids = copy_from<int32_t>(message.token_ids());
  completion.logprobs = copy_from<float>(message.logprobs());
  completion.versions = copy_from<uint64_t>(message.versions());
  completion.text = message.text();
  completion.finish_reason = from_wire(message.finish_reason());
  if (message.has_reward()) completion.reward = from_message(message.reward());
  return completion;
}

void to_message(const Group& group, v1::Group& out) {
  out.set_group_id(group.group_id);
  out.set_step(group.step);
  out.set_slot(group.slot);
  to_message(group.problem, *out.mutable_problem());
  copy_to(group.prompt_token_ids, out.mutable_prompt_token_ids());
  for (const Completion& completion : group.completions) to_message(completion, *out.add_completions());
  copy_to(group.advantages, out.mutable_advantages());
}

Group from_message(const v1::Group& message) {
  Group group;
  group.group_id = message.group_id();
  group.step = message.step();
  group.slot = message.slot();
  group.problem = from_message(message.problem());
  group.prompt_token_ids = copy_from<int32_t>(message.prompt_token_ids());
  for (const v1::Completion& completion : message.completions()) group.completions.push_back(from_message(completion));
  group.advantages = copy_from<double>(message.advantages());
  return group;
}

void to_message(const RolloutRequest& request, v1::RolloutRequest& out) {
  out.set_group_id(request.group_id);
  out.mutable_key()->set_run_seed(request.key.run_seed);
  out.mutable_key()->set_step(request.key.step);
  out.mutable_key()->set_slot(request.key.slot);
  copy_to(request.prompt_token_ids, out.mutable_prompt_token_ids());
  out.set_num_generations(request.num_generations);
  to_message(request.params, *out.mutable_params());
}

RolloutRequest from_message(const v1::RolloutRequest& message) {
  RolloutRequest request;
  request.group_id = message.group_id();
  request.key = {message.key().run_seed(), message.key().step(), message.key().slot()};
  request.prompt_token_ids = copy_from<int32_t>(message.prompt_token_ids());
  request.num_generations = message.num_generations();
  request.params = from_message(message.params());
  return request;
}

void to_message(const RolloutResult& result, v1::RolloutResult& out) {
  out.set_group_id(result.group_id);
  for (const Completion& completion : result.completions) to_message(completion, *out.add_completions());
}

RolloutResult from_message(const v1::RolloutResult& message) {
  RolloutResult result{message.group_id(), {}};
  for (const v1::Completion& completion : message.completions()) result.completions.push_back(from_message(completion));
  return result;
}

}  // namespace hone
