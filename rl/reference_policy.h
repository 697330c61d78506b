// The policy that the KL term compares with: the start policy, frozen, or one that follows the trained policy from a distance
// (TR-DPO, arXiv:2404.09656): every `ref_model_sync_steps` steps, reference = alpha policy + (1 - alpha) reference.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "policy/policy.h"
#include "rl/grpo_section.h"

namespace hone {

class ReferencePolicy {
 public:
  /// Copies `weights`.
  ReferencePolicy(const ModelConfig& model, std::span<const WeightView> weights, const PolicyOptions& options,
                  const GrpoSection& config);

  /// Log-probabilities of the batch's targets, no graph.
  at::Tensor logprobs(const PackedBatch& batch, double temperature);
  /// After the `step`-th step (1-based): mixes `parameters` in where one is due.
  void follow(const std::vector<at::Tensor>& parameters, int64_t step);
  /// Whether it differs from the start policy, so that a checkpoint must hold it.
  bool moves() const { return sync_; }
  std::vector<WeightView> weights() const { return policy_.weights(); }
  /// Throws data_loss naming a tensor that is missing or of another size.
  void restore(const WeightSet& saved);

 private:
  Policy policy_;
  bool sync_;
  double alpha_;
  int64_t every_;
};

/// Copies saved values into `parameters`; throws data_loss naming what does not fit.
void restore_parameters(const std::vector<std::string>& names, std::vector<at::Tensor>& parameters,
                        const WeightSet& saved);

}  // namespace hone
