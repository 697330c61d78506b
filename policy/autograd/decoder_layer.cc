#include "policy/autograd/decoder_layer.h"

#include <algorithm>
#include <string_view>

#include "policy/autograd/norm.h"
#include "policy/autograd/projections.h"
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
                                   [&](std::string_view name) { return names[i].ends_with(std::string(".").append(name)); });
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
  const auto projection = [&](S::Slot weight, S::Slot bias) { return Projection{get(weight), get(bias)}; };

  const Projection qkv[] = {projection(S::q_weight, S::q_bias), projection(S::k_weight, S::k_bias), projection(S::v_weight, S::v_bias)};
  const auto heads = normed_projections(x, get(S::input_norm), config.rms_norm_eps, qkv, batch.numerics);
  at::Tensor q = heads[0].view({-1, config.num_attention_heads, config.head_dim});
  at::Tensor k = heads[1].view({-1, config.num_key_value_heads, config.head_dim});
  const at::Tensor v = heads[2].view({-1, config.num_key_value_heads, config.head_dim});
  if (config.qk_norm) {
    q = rms_norm(q, get(S::q_norm), config.rms_norm_eps);
    k = rms_norm(k, get(S::k_norm), config.rms_norm_eps);
  }
  const at::Tensor mixed = attention(rotate(q, batch.angles), rotate(k, batch.angles), v, batch.plan);
  const at::Tensor middle = residual_projection(x, mixed.view({-1, config.q_size()}), projection(S::o_weight, S::o_bias), batch.numerics);

  const Projection gate_up[] = {projection(S::gate_weight, S::gate_bias), projection(S::up_weight, S::up_bias)};
  const auto inner = normed_projections(middle, get(S::post_norm), config.rms_norm_eps, gate_up, batch.numerics);
  return gated_projection(middle, inner[0], inner[1], projection(S::down_weight, S::down_bias), batch.numerics);
}

}  // namespace hone
