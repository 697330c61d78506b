// SwiGLU (Shazeer 2020, arXiv:2002.05202): silu(gate) * up as one autograd function that saves its two inputs only.
#pragma once

#include "policy/torch.h"

namespace hone {

/// gate and up of one shape -> silu(gate) * up.
at::Tensor gated_activation(const at::Tensor& gate, const at::Tensor& up);

/// Without a graph, float32 on the CPU: the values, and the gradients (d_gate takes the memory of d_y).
at::Tensor gated_values(const at::Tensor& gate, const at::Tensor& up);
struct GateGradients {
  at::Tensor d_gate, d_up;
};
GateGradients gate_gradients(const at::Tensor& gate, const at::Tensor& up, const at::Tensor& d_y);

/// gated_activation from ATen operations: other devices and types, and the tests' reference.
at::Tensor plain_gated_activation(const at::Tensor& gate, const at::Tensor& up);

}  // namespace hone
