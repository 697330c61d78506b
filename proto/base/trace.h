// The data that flows through a run, as plain structs: problem -> group of completions -> rewards -> advantages.
//
// Everything a stage needs is in the message it receives; a Group can be written to JSONL, sent over gRPC, or handed to
// the learner unchanged. No torch, no protobuf. Not synchronised: one owner at a time.
//
// Example of a Group (two completions of "What is 3 + 4?"):
//   group_id "17/2", step 17, slot 2, prompt_token_ids [1, 88, 21],
//   completions[0]: token_ids [7, 2], logprobs [-0.1, -0.02], versions [16, 16], text " 7", finish stop_token, reward 1
//   completions[1]: token_ids [9, 2], logprobs [-2.3, -0.05], versions [16, 16], text " 9", finish stop_token, reward 0
//   advantages [0.707, -0.707]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hone {

/// One row of a data set. `prompt` is the exact text the policy sees. The reference stays with the learner and the
/// reward side; it never reaches a rollout worker.
struct Problem {
  std::string id;
  std::string task;           // free label; metrics are also grouped by it (e.g. "sums", "differences")
  std::string prompt;         // rendered prompt text
  std::string reference;      // gold answer
  std::string metadata_json;  // JSON object text with the row's other fields, "" if none
};

/// How to draw tokens. Neutral values switch a filter off. Order of filters: temperature, top-k, top-p, min-p
/// (transformers' order). temperature 0 means arg-max.
struct SamplingParams {
  double temperature = 1.0;              // > 0, or 0 for greedy
  int32_t top_k = 0;                     // keep the k likeliest (ties with the k-th stay); 0 = off
  double top_p = 1.0;                    // nucleus (Holtzman et al. 2020); 1 = off
  double min_p = 0.0;                    // drop p < min_p * max p; 0 = off
  double repetition_penalty = 1.0;       // CTRL (Keskar et al. 2019); 1 = off
  int32_t max_new_tokens = 256;          // >= 1
  std::vector<std::string> stop;         // stop strings; the text ends before the first match, the tokens after it
  std::vector<int32_t> stop_token_ids;   // in addition to the model's end-of-text ids
  bool ignore_eos = false;               // true: end-of-text ids do not stop (benchmarks, reference tests)
};

/// Names one random stream. A sampled token is a function of (key, sample index, position) and the distribution alone:
/// Philox4x32-10 with key = run_seed and counter = {position, sample, slot, step}. See proto/base/random.h.
struct SampleKey {
  uint64_t run_seed = 0;
  uint32_t step = 0;  // training step, or a constant of the command (eval uses kEvalStepBase + step)
  uint32_t slot = 0;  // index of the problem within the step
};

enum class FinishReason : uint8_t {
  stop_token,   // an end-of-text or stop token id was sampled (it is the last of token_ids)
  stop_string,  // a stop string appeared in the text
  length,       // max_new_tokens or the context length was reached: "truncated"
  cancelled,    // generation was cancelled; the completion is partial
};
std::string_view to_string(FinishReason reason);
/// Throws Error{invalid_argument} for an unknown name.
FinishReason finish_reason_from_string(std::string_view name);

/// What a reward function says of one completion.
enum class Outcome : uint8_t {
  scored,   // `score` is meant
  skipped,  // this function does not apply to this sample (e.g. unusable gold): leaves the mean and the baseline
  error,    // the verifier itself failed; retried, then treated as skipped and counted; never a silent zero
};
std::string_view to_string(Outcome outcome);
Outcome outcome_from_string(std::string_view name);

struct RewardComponent {
  std::string name;
  double score = 0.0;
  Outcome outcome = Outcome::scored;
  std::string detail;  // short reason for a person: "expected 12, got 21"
  double seconds = 0.0;  // time the rule took for this completion; 0 where it does not measure; stays in its process
};

/// Weighted sum over the scored components. outcome is scored if at least one component was scored and none erred.
struct Reward {
  double score = 0.0;
  Outcome outcome = Outcome::scored;
  std::vector<RewardComponent> components;
};

struct Completion {
  std::vector<int32_t> token_ids;   // sampled ids, the stop token included
  std::vector<float> logprobs;      // nats, same length: log p under softmax(logits / temperature), before top-k/p filters
  std::vector<uint64_t> versions;   // policy version that produced each token, same length
  std::string text;                 // decoded without special tokens, without the stop token's or stop string's text
  FinishReason finish_reason = FinishReason::length;
  Reward reward;
};

struct Group {
  std::string group_id;  // "<step>/<slot>"
  uint32_t step = 0;
  uint32_t slot = 0;
  Problem problem;
  std::vector<int32_t> prompt_token_ids;
  std::vector<Completion> completions;
  std::vector<double> advantages;  // same length as completions once computed
};

/// One prompt to sample n completions from. What a rollout worker receives: no reference answer, no metadata.
struct RolloutRequest {
  std::string group_id;
  SampleKey key;
  std::vector<int32_t> prompt_token_ids;
  int32_t num_generations = 1;
  SamplingParams params;
};

/// What a rollout worker gives back for one request, complete.
struct RolloutResult {
  std::string group_id;
  std::vector<Completion> completions;  // num_generations of them, in sample order, rewards empty
};

}  // namespace hone
