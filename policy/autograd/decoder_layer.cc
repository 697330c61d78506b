#include "policy/autograd/decoder_layer.h"

#include <algorithm>
#include <string_view>

#include "policy/autograd/gate.h"
#include "policy/autograd/linear.h"
#include "policy/autograd/norm.h"
#include "proto/base/error.h"

namespace hone {
namespace {

// In the order of LayerSlots::Slot.
constexpr std::array<std::string_view, LayerSlots::slot_count> kSlotNames = {
    "input_layernorm.weight", "self_attn.q_proj.weight", "self_attn.q_proj.bias", "self_attn.k_proj.weight",
    "self_attn.k_proj.bias", "self_attn.v_proj.weight", "self_attn.v_proj.bias", "self_attn.o_proj.weight",
    "self_attn.o_proj.bias", "self_attn.q_norm.weight", "self_attn.k_norm.weight", "post_attention_layernorm.weight",
    "mlp.gate_proj.weight", "mlp.gate_proj.bias", "mlp.up_proj.weight", "mlp.up_proj.bias",
    "mlp.down_proj.weight", "mlp.down_proj.bias"};

}  // namespace

LayerSlots::LayerSlots(std::span<const std::string> names) : count_(static_cast<int64_t>(names.size())) {
  index_.fill(-1);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto slot = std::find_if(kSlotNames.begin(), kSlotNames.end(),
                                   [&](std::string_view name) { return names[i].ends_with("." + std::string(name)); });
    if (slot == kSlotNames.end()) {
      throw Error(ErrorCode::unimplemented, names[i] + ": the learner knows no such parameter; layers are RMSNorm, grouped-query "
                                                       "attention and SwiGLU");
    }
    index_[static_cast<std::size_t>(slot - kSlotNames.begin())] = static_cast<int64_t>(i);
  }
}

at::Tensor LayerSlots::get(std::span<const at::Tensor> parameters, Slot slot) const {
  const int64_t index = index_[slot];
  return index < 0 ? at::Tensor() : parameters[static_cast<std::size_t>(index)];
}

at::Tensor decoder_layer(const ModelConfig& config, const LayerSlots& slots, std::span<const at::Tensor> parameters,
                         const BatchContext& batch, const at::Tensor& x) {
  using S = LayerSlots;
  const auto get = [&](S::Slot slot) { return slots.get(parameters, slot); };
  const auto linear = [&](const at::Tensor& input, S::Slot weight, S::Slot bias) {
    return hone::linear(input, get(weight), get(bias), batch.numerics);
  };
  const auto norm = [&](const at::Tensor& input, S::Slot weight) { return rms_norm(input, get(weight), config.rms_norm_eps); };

  const at::Tensor attention_in = norm(x, S::input_norm);
  at::Tensor q = linear(attention_in, S::q_weight, S::q_bias).view({-1, config.num_attention_heads, config.head_dim});
  at::Tensor k = linear(attention_in, S::k_weight, S::k_bias).view({-1, config.num_key_value_heads, config.head_dim});
  const at::Tensor v = linear(attention_in, S::v_weight, S::v_bias).view({-1, config.num_key_value_heads, config.head_dim});
  if (config.qk_norm) {
    q = norm(q, S::q_norm);
    k = norm(k, S::k_norm);
  }
  const at::Tensor mixed = attention(rotate(q, batch.angles), rotate(k, batch.angles), v, batch.plan);
  const at::Tensor middle = x + linear(mixed.view({-1, config.q_size()}), S::o_weight, S::o_bias);

  const at::Tensor mlp_in = norm(middle, S::post_norm);
  const at::Tensor gated = gated_activation(linear(mlp_in, S::gate_weight, S::gate_bias), linear(mlp_in, S::up_weight, S::up_bias));
  return middle + linear(gated, S::down_weight, S::down_bias);
}

}  // namespace hone
