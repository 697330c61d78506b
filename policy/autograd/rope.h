// Rotary position embedding (Su et al. 2021, arXiv:2104.09864), half-split form: pairs (j, j + dim / 2).
#pragma once

#include <cstdint>
#include <span>

#include "policy/torch.h"

namespace hone {

/// Angles of a batch's rows, shared by all layers; no gradient.
struct RotaryAngles {
  at::Tensor cosines;  // [N, dim / 2]
  at::Tensor sines;    // [N, dim / 2]
};

/// Angles position * frequency in float32 (as transformers computes them), on the device of `inverse_frequencies` [dim / 2].
RotaryAngles rotary_angles(std::span<const int32_t> positions, const at::Tensor& inverse_frequencies);

/// x [N, heads, dim] -> rotated, in a new tensor. Backward rotates back; nothing but the angles is saved.
at::Tensor rotate(const at::Tensor& x, const RotaryAngles& angles);

/// The same from ATen operations: other devices and types, and the tests' reference.
at::Tensor plain_rotate(const at::Tensor& x, const RotaryAngles& angles);

}  // namespace hone
