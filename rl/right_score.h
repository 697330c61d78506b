// When a completion counts as right, for evaluation, rejection sampling, data checks and the curriculum alike.
#pragma once

#include "proto/base/trace.h"

namespace hone {

/// A weighted sum that should be exactly `wanted` may miss it by rounding.
inline bool reaches(double score, double wanted) { return score >= wanted - 1e-9; }

/// Scored, and 1 or more. What was skipped, or whose verifier failed, is neither right nor wrong.
inline bool is_right(const Reward& reward) { return reward.outcome == Outcome::scored && reaches(reward.score, 1.0); }

}  // namespace hone
