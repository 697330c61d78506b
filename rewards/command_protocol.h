// The lines that Hone and a reward command exchange: one JSON object a line, a batch of completions in, their scores out.
//
//   in   {"id": 7, "problem_id": "12", "task": "", "prompt": "3+4=", "reference": "7", "metadata": {},
//         "completions": [{"text": "7", "finish_reason": "stop_token", "tokens": 2}]}
//   out  {"id": 7, "scores": [1.0]}
//
// A score is a number or a boolean; null for a completion that the function does not apply to; or an object {"score": 0.5,
// "detail": "why"}, {"skipped": "why"}, {"error": "why"}. {"id": 7, "error": "why"} is an error for the whole batch.
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/trace.h"

namespace hone {

std::string write_command_request(uint64_t id, const Problem& problem, std::span<const Completion> completions);

/// The components that a reply to request `id` with `count` completions gives. Takes any bytes; nullopt for what is not such a
/// reply.
std::optional<std::vector<RewardComponent>> read_command_reply(std::string_view line, uint64_t id, std::size_t count);

}  // namespace hone
