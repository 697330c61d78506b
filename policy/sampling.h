// From logits to one token. Filters in transformers' order: repetition penalty, temperature, top-k, top-p, min-p.
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
  float logprob = 0.0f;  // under softmax(logits / temperature) before top-k/top-p/min-p (temperature 1 when greedy)
};

/// Draws by inverse CDF with `uniform` in (0, 1) (greedy when temperature is 0; ties go to the smallest id).
/// `previous_ids` matters only when repetition_penalty != 1.
SampledToken sample_token(std::span<const float> logits, std::span<const int32_t> previous_ids, const SamplingParams& params,
                          double uniform);

}  // namespace hone
