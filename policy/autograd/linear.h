// y = x W^T + b with gradients: ATen's products, or Hone's own fixed-order ones (policy/kernels/matmul.h).
//
// Fixed order: every sum runs over its inner dimension in sequence, so that the forward has the generator's bits and neither it nor
// the gradients depend on the number of threads. The bias's gradient adds rows in order.
#pragma once

#include "policy/numerics.h"
#include "policy/torch.h"

namespace hone {

/// x [N, in], weight [out, in], bias [out] or undefined -> [N, out].
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, Numerics numerics);

}  // namespace hone
