// Gradients of weights, added where they stay. What autograd returns for a parameter is a new tensor that is then added to the parameter's
// gradient: for matrices a pass over memory, and a buffer as large as the matrix, for every micro-batch. Functions of Hone's that own a
// parameter's only (or, tied, in-order) use add their product to the parameter's gradient themselves and return nothing for it.
// Thread rule: from backward(), one thread.
#pragma once

#include "policy/kernels/gemm_block.h"
#include "policy/torch.h"

namespace hone {

struct WeightGradient {
  at::Tensor sum;                    // what is written to
  GemmStart start = GemmStart::zero;  // zero: `sum` holds nothing yet; accumulate: it is added to
  at::Tensor returned;               // what backward() returns: `sum` where the weight is not a leaf, else undefined
};

/// The gradient of a leaf (its own buffer, made if there is none), of another tensor a new one. All undefined where none is wanted.
WeightGradient weight_gradient(const at::Tensor& weight);

/// The same with zeros where it holds nothing yet.
WeightGradient zeroed_weight_gradient(const at::Tensor& weight);

/// Adds d_y^T x (float32 on the CPU, in fixed order); returns what backward() returns.
at::Tensor add_weight_gradient(const at::Tensor& weight, const at::Tensor& d_y, const at::Tensor& x);

/// Adds the rows of d_y in order; undefined for an undefined bias.
at::Tensor add_bias_gradient(const at::Tensor& bias, const at::Tensor& d_y);

}  // namespace hone
