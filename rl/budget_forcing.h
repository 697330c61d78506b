// Accuracy against the length of thinking: budget forcing (Muennighoff et al. 2025, arXiv:2501.19393).
//
//   at_budget(B)   thinking is cut after B tokens; think_end and answer_prefix are appended, and the model answers
//   extended(e)    where the model ends its thinking, the marker is taken away e times and extension_text put in its place
//
// A shorter budget's thinking is the start of a longer one's (a sampled token depends on its key and position alone), so the longest is
// generated once and the answers from its cuts. Answers and extensions draw from random streams of their own: every result is a pure
// function of (weights, problems, options).
//
// Thread rule: one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/tokenizer.h"
#include "rl/evaluator.h"

namespace hone {

struct BudgetForcing {
  std::string think_end = "</think>";  // not empty
  std::string answer_prefix = "\nFinal Answer:";
  std::string extension_text = "Wait";
  int32_t answer_length = 64;  // most tokens after the thinking
  int32_t longest_budget = 0;  // most tokens of thinking, >= 1
};

class BudgetForcer {
 public:
  /// All arguments outlive this. Throws invalid_argument when a problem's prompt, the longest budget and the answer do not fit into
  /// `context_tokens`, or think_end has no tokens.
  BudgetForcer(const std::vector<TokenizedProblem>& problems, const Tokenizer& tokenizer, int64_t context_tokens, RolloutSource& source,
               const EvalOptions& options, const BudgetForcing& forcing, const std::atomic<bool>* cancel);

  /// One group a problem, completions without rewards: their token_ids are thinking, what was forced (log-probability 0), and answer; their
  /// text likewise. Thinking that ended within the budget is left alone. 1 <= budget <= longest_budget.
  std::vector<Group> at_budget(int32_t budget);

  /// The same at the longest budget after `count` >= 0 extensions of each thinking; call with rising counts.
  std::vector<Group> extended(int32_t count);

 private:
  enum class State : uint8_t {
    open,    // goes on beyond the longest budget
    closed,  // ends with the marker
    ended,   // the model ended its text without the marker
  };
  struct Thought {
    Completion completion;
    State state = State::open;
  };

  uint32_t slot_of(std::size_t problem, std::size_t sample) const;
  SamplingParams thinking_params(int32_t max_new_tokens) const;
  State state_of(const Completion& completion) const;
  void think();
  void extend(uint32_t round);
  void drop_marker(Completion& thought) const;
  std::vector<Group> answers(const std::vector<Thought>& thoughts, int32_t budget);

  const std::vector<TokenizedProblem>& problems_;
  const Tokenizer& tokenizer_;
  RolloutSource& source_;
  EvalOptions options_;
  BudgetForcing forcing_;
  const std::atomic<bool>* cancel_;
  std::vector<int32_t> forced_ids_, extension_ids_;
  int32_t marker_id_ = -1;             // where the marker is one token of the vocabulary
  std::vector<Thought> thoughts_;      // problem by problem, sample by sample
  std::vector<Thought> extended_;
  int32_t extensions_ = 0;
};

}  // namespace hone
