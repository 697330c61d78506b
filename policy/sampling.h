// From logits to one token. Filters in transformers' order: repetition penalty, temperature, top-k, top-p, min-p.
// Top-k: Fan et al. 2018, arXiv:1805.04833. Top-p: Holtzman et al. 2020, arXiv:1904.09751. Min-p: arXiv:2407.01082. Repetition
// penalty: Keskar et al. 2019, arXiv:1909.05858 (an id counts once however often it stands in previous_ids).
// Logits that are not numbers throw failed_precondition (weights that have diverged); -infinity is a logit like others.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "proto/base/trace.h"

namespace hone {

/// Throws invalid_argument naming the field and its limits (temperature < 0, top_p outside (0, 1], ...).
void validate(const SamplingParams& params);

struct TokenProbability {
  int32_t id;
  double probability;
};

/// The filtered, normalised distribution, ascending ids (the slow, obvious form; tests and `hone inspect`).
std::vector<TokenProbability> filtered_distribution(std::span<const float> logits, std::span<const int32_t> previous_ids,
                                                    const SamplingParams& params);

struct SampledToken {
  int32_t id = 0;
  float logprob = 0.0f;  // token_logprob(logits, id, temperature): before all filters and before the repetition penalty
};

/// Draws by inverse CDF over ascending ids with `uniform` in (0, 1) (greedy when temperature is 0; ties go to the smallest id).
/// `previous_ids` matters only when repetition_penalty != 1; ids outside the vocabulary are ignored there.
SampledToken sample_token(std::span<const float> logits, std::span<const int32_t> previous_ids, const SamplingParams& params,
                          double uniform);

/// log softmax(logits / temperature)[id], nats; temperature 0 counts as 1.
float token_logprob(std::span<const float> logits, int32_t id, double temperature);

}  // namespace hone
