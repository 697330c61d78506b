// Are two sets of prompts made by the same template? A model that is evaluated on another template than it was trained on looks
// worse than it is, and nothing fails.
// Thread rule: pure functions.
#pragma once

#include <span>
#include <string>

#include "rl/dataset.h"

namespace hone {

/// What all prompts begin and end with.
struct PromptFrame {
  std::string prefix, suffix;
};
PromptFrame prompt_frame(std::span<const TokenizedProblem> problems);

/// Empty when the sets fit together. Otherwise a text that says what one set's prompts share and most of the other's lack
/// (at least four characters of frame; a set of one prompt says nothing).
std::string template_difference(std::span<const TokenizedProblem> trained, std::span<const TokenizedProblem> evaluated);

/// The same between `config` and the run that its model is from, when the model's folder lies in a run folder (RUN/best, RUN/final):
/// compares data.prompt_template, prompt_field and add_special_tokens with RUN/config.json. Empty when there is no such run.
std::string template_difference_to_run(const TrainConfig& config);

}  // namespace hone
