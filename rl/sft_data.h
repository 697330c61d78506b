// Examples of supervised training from JSONL: token ids, and which of them the loss counts.
//
//   text               {"text"}                   every token but the first is a target
//   prompt_completion  {"prompt", "completion"}   the completion's tokens (or all). The two are tokenized apart, as generation does
//   messages           {"messages": [...]}        the assistant's turns (or all), rendered by the chat template, turn by turn
//
// Errors name file, line and field. Thread rule: plain data and pure functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "rl/sft_config.h"

namespace hone {

class Tokenizer;
struct ModelConfig;

struct SftExample {
  std::vector<int32_t> ids;
  std::vector<uint8_t> is_target;  // same length; 1 = the loss counts it. [0] is 0: nothing predicts the first token

  int64_t target_count() const;
};

struct SftDataStats {
  int64_t rows = 0;
  int64_t tokens = 0;      // of the examples
  int64_t targets = 0;
  int64_t longest = 0;     // tokens of the longest example
  int64_t truncated = 0;   // rows cut to max_length
  int64_t split = 0;       // rows cut into pieces
  int64_t dropped = 0;     // rows too long, or without a target
  int64_t prompt_differs = 0;  // conversations whose turns do not start with the template's generation prompt
};

struct SftReader {
  const SftDataSection& data;
  const SftSection& sft;
  const ModelConfig& model;
  const Tokenizer& tokenizer;
  std::filesystem::path folder;  // the model's, for its chat template when rows are messages

  /// Reads at most `limit` rows (0 = all). Throws invalid_argument on a broken line, a missing or ill-typed field, an example longer
  /// than max_length under overlong "error", or when no example is left; failed_precondition when an end-of-text token is asked for
  /// and the model has none.
  std::vector<SftExample> read(const std::string& file, int64_t limit, SftDataStats& stats) const;
};

/// "1,204 rows, 183,220 tokens, 91,022 of them targets; 3 truncated, 2 dropped"
std::string stats_text(const SftDataStats& stats);

}  // namespace hone
