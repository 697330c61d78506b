// SwiGLU (Shazeer 2020, arXiv:2002.05202): silu(gate) * up as one autograd function that saves its two inputs only.
#pragma once

#include "policy/torch.h"

namespace hone {

/// gate and up of one shape -> silu(gate) * up.
at::Tensor gated_activation(const at::Tensor& gate, const at::Tensor& up);

/// The same from ATen operations: other devices and types, and the tests' reference.
at::Tensor plain_gated_activation(const at::Tensor& gate, const at::Tensor& up);

}  // namespace hone
