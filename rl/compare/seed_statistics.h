// Means over problems and seeds with intervals that count both as drawn.
//
// Values are a table [seed][problem]. The interval resamples seeds and problems, both with replacement and apart from each other (the
// pigeonhole bootstrap, Owen 2007, Annals of Applied Statistics 1(2)): it answers what another training run on another draw of
// problems might give. It is somewhat too wide rather than too narrow; with three seeds it cannot know their spread well.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rl/sample_metrics.h"

namespace hone {

using SeedTable = std::vector<std::vector<double>>;

/// 95 % percentile interval. One seed: over problems only. Where all values are 0 or all are 1, Wilson's interval over the problems,
/// since resampling equal values shows no spread. Throws invalid_argument unless there is a seed, and equally many problems, at least one, for each.
Estimate seed_estimate(const SeedTable& values, uint64_t seed);

/// Mean of second - first, problem by problem; a table with one seed stands for every seed of the other (a fixed base).
Estimate seed_difference(const SeedTable& first, const SeedTable& second, uint64_t seed);

}  // namespace hone
