#include "rl/reference_policy.h"

#include "proto/base/error.h"

namespace hone {

ReferencePolicy::ReferencePolicy(const ModelConfig& model, std::span<const WeightView> weights,
                                 const PolicyOptions& options, const GrpoSection& config)
    : policy_(model, weights, options),
      sync_(config.sync_ref_model),
      alpha_(config.ref_model_mixup_alpha),
      every_(config.ref_model_sync_steps) {}

at::Tensor ReferencePolicy::logprobs(const PackedBatch& batch, double temperature) {
  const at::NoGradGuard no_grad;
  return policy_.score(batch, temperature, Entropies::none).logprobs;
}

void ReferencePolicy::follow(const std::vector<at::Tensor>& parameters, int64_t step) {
  if (!sync_ || step % every_ != 0) return;
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor>& own = policy_.parameters();
  for (std::size_t i = 0; i < own.size(); ++i) own[i].mul_(1.0 - alpha_).add_(parameters[i], alpha_);
}

void ReferencePolicy::restore(const WeightSet& saved) {
  restore_parameters(policy_.parameter_names(), policy_.parameters(), saved);
}

void restore_parameters(const std::vector<std::string>& names, std::vector<at::Tensor>& parameters,
                        const WeightSet& saved) {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const WeightSet::Tensor& tensor = saved.at(names[i]);
    if (static_cast<int64_t>(tensor.data.size()) != parameters[i].numel())
      throw Error(ErrorCode::data_loss, "checkpoint: " + names[i] + " has another size than the model's");
    parameters[i].copy_(at::from_blob(const_cast<float*>(tensor.data.data()), parameters[i].sizes(), at::kFloat));
  }
}

}  // namespace hone
