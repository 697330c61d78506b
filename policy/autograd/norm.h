// RMSNorm (Zhang & Sennrich 2019, arXiv:1910.07467) as one autograd function: saves x and 1/rms, not the normalised values.
#pragma once

#include "policy/torch.h"

namespace hone {

/// x [..., W] and weight [W] -> x / sqrt(mean(x^2) + eps) * weight over the last dimension.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// The same from ATen operations: other devices and types, and the tests' reference.
at::Tensor plain_rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

}  // namespace hone
