// RMSNorm (Zhang & Sennrich 2019, arXiv:1910.07467) as one autograd function: saves x and 1/rms, not the normalised values.
#pragma once

#include "policy/torch.h"

namespace hone {

/// x [..., W] and weight [W] -> x / sqrt(mean(x^2) + eps) * weight over the last dimension.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// Without a graph, x [N, W] float32 on the CPU: the values, and 1 / rms of each row; and the gradients.
struct NormedRows {
  at::Tensor values, inverse_rms;
};
NormedRows normalised_rows(const at::Tensor& x, const at::Tensor& weight, double eps);
struct NormGradients {
  at::Tensor d_x, d_weight;
};
NormGradients norm_gradients(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& inverse_rms, const at::Tensor& d_y);

/// rms_norm from ATen operations: other devices and types, and the tests' reference.
at::Tensor plain_rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

}  // namespace hone
