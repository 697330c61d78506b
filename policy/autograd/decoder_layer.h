// One pre-norm decoder layer: x += attention(norm(x)), x += mlp(norm(x)).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "policy/autograd/attention.h"
#include "policy/autograd/rope.h"
#include "policy/model_config.h"
#include "policy/torch.h"

namespace hone {

/// Where each parameter of a layer stands among the layer's parameters in canonical order (all layers are alike).
class LayerSlots {
 public:
  enum Slot {
    input_norm, q_weight, q_bias, k_weight, k_bias, v_weight, v_bias, o_weight, o_bias, q_norm, k_norm,
    post_norm, gate_weight, gate_bias, up_weight, up_bias, down_weight, down_bias, slot_count
  };
  /// `names` of one layer, "model.layers.0.self_attn.q_proj.weight"... Throws unimplemented for a name that no layer has.
  explicit LayerSlots(std::span<const std::string> names);

  int64_t count() const { return count_; }
  /// An undefined tensor if the layer has no such parameter.
  at::Tensor get(std::span<const at::Tensor> parameters, Slot slot) const;

 private:
  std::array<int64_t, slot_count> index_;
  int64_t count_;
};

/// What all layers share within one batch.
struct BatchContext {
  std::shared_ptr<const AttentionPlan> plan;
  RotaryAngles angles;
  Numerics numerics = Numerics::fast;
};

/// x [N, hidden] -> [N, hidden].
at::Tensor decoder_layer(const ModelConfig& config, const LayerSlots& slots, std::span<const at::Tensor> parameters,
                         const BatchContext& batch, const at::Tensor& x);

}  // namespace hone
