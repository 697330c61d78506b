// A tiny model, a config and scored groups for the learner's tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "proto/base/random.h"
#include "rl/config.h"
#include "rl/learner.h"
#include "tests/rl/tiny_model.h"

namespace hone {

inline TrainConfig config() {
  TrainConfig c;
  c.threads = 1;
  c.run.max_steps = 10;
  c.optim.learning_rate = 1e-2;
  c.grpo.num_generations = 3;
  return c;
}

inline std::vector<Group> groups(uint64_t seed) {
  PhiloxStream rng(seed);
  std::vector<Group> out(4);
  for (Group& g : out) {
    for (int i = 0; i < 5; ++i) g.prompt_token_ids.push_back(static_cast<int32_t>(rng.next_below(40)));
    for (int s = 0; s < 3; ++s) {
      Completion c;
      for (uint64_t i = 0; i < 1 + rng.next_below(6); ++i)
        c.token_ids.push_back(static_cast<int32_t>(rng.next_below(40)));
      c.logprobs.assign(c.token_ids.size(), -3.7f);
      c.finish_reason = FinishReason::stop_token;
      g.completions.push_back(std::move(c));
      g.advantages.push_back(rng.next_uniform() - 0.5);
    }
  }
  return out;
}

inline std::vector<std::vector<float>> copy(const std::vector<WeightView>& views) {
  std::vector<std::vector<float>> out;
  for (const WeightView& v : views) out.emplace_back(v.data.begin(), v.data.end());
  return out;
}

inline double largest_difference(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
  double largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a[i].size(); ++j)
      largest = std::max(largest, std::fabs(double{a[i][j]} - double{b[i][j]}));
  return largest;
}

}  // namespace hone
