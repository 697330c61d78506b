// A rollout source without a model: completion i of slot s has i + 1 tokens and the text "s/i"; results arrive in reverse order.
#pragma once

#include <string>

#include "proto/base/error.h"
#include "rewards/rewarder.h"
#include "rollout/rollout_source.h"

namespace hone {

class FakeRollout : public RolloutSource {
 public:
  std::vector<RolloutRequest> seen;

  RolloutStats generate(std::span<const RolloutRequest> requests, const std::function<void(std::size_t, RolloutResult)>& on_result,
                        const std::atomic<bool>* cancel) override {
    seen.assign(requests.begin(), requests.end());
    for (std::size_t r = requests.size(); r-- > 0;) {
      if (cancel && *cancel) throw Error(ErrorCode::cancelled, "cancelled");
      RolloutResult result;
      result.group_id = requests[r].group_id;
      for (int32_t i = 0; i < requests[r].num_generations; ++i) {
        Completion c;
        c.token_ids.assign(static_cast<std::size_t>(i) + 1, 5);
        c.logprobs.assign(c.token_ids.size(), -1.0f);
        c.versions.assign(c.token_ids.size(), 1);
        c.text = std::to_string(requests[r].key.slot) + "/" + std::to_string(i);
        c.finish_reason = i == 0 ? FinishReason::length : FinishReason::stop_token;
        result.completions.push_back(std::move(c));
      }
      on_result(r, std::move(result));
    }
    return {1, 2, 0.5};
  }
};

/// Reward 1 when the text equals the problem's reference, else 0; problem "skip" is skipped, problem "throw" throws.
class FakeRewarder : public Rewarder {
 public:
  void score(Group& group) override {
    if (group.problem.id == "throw") throw Error(ErrorCode::unavailable, "reward server is gone");
    for (Completion& c : group.completions) {
      const Outcome outcome = group.problem.id == "skip" ? Outcome::skipped : Outcome::scored;
      c.reward.components = {{"fake", c.text == group.problem.reference ? 1.0 : 0.0, outcome, ""}};
      combine(c.reward, {1.0});
    }
  }
  std::vector<std::pair<std::string, double>> functions() const override { return {{"fake", 1.0}}; }
};

}  // namespace hone
