// The matrix products of a decoder layer with what stands around them, as autograd functions that keep little: the normalised rows and the
// gated activation are computed again in backward rather than kept, residual sums are made in place, and the gradients of weights are
// added to the parameters' own (weight_gradient.h).
//
// With exact numerics every sum runs over its inner dimension in sequence (policy/kernels/matmul.h), so that the forward has the
// generator's bits and neither it nor the gradients depend on the number of threads. With fast numerics these are ATen's products between
// the functions of norm.h and gate.h.
#pragma once

#include <span>
#include <vector>

#include "policy/numerics.h"
#include "policy/torch.h"

namespace hone {

struct Projection {
  at::Tensor weight;  // [out, in]
  at::Tensor bias;    // [out], or undefined
};

/// h = rms_norm(x, norm, eps) for x [N, H]; h W^T + b of two or three projections.
std::vector<at::Tensor> normed_projections(const at::Tensor& x, const at::Tensor& norm, double eps, std::span<const Projection> projections,
                                           Numerics numerics);

/// residual + (x W^T + b)
at::Tensor residual_projection(const at::Tensor& residual, const at::Tensor& x, const Projection& projection, Numerics numerics);

/// residual + (silu(gate) * up W^T + b)
at::Tensor gated_projection(const at::Tensor& residual, const at::Tensor& gate, const at::Tensor& up, const Projection& projection,
                            Numerics numerics);

}  // namespace hone
