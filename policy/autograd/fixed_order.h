// Hone's fixed-order matrix products on tensors: float32 on the CPU, two-dimensional, rows contiguous.
#pragma once

#include <optional>

#include "policy/kernels/matmul.h"
#include "policy/torch.h"

namespace hone {

/// A matrix as an operand, and its transpose.
MatrixView rows_of(const at::Tensor& matrix);
MatrixView columns_of(const at::Tensor& matrix);

/// c = a b, + bias where given, or c += a b with GemmStart::accumulate.
void fixed_order_product(const MatmulShape& shape, const MatrixView& a, const MatrixView& b, const std::optional<at::Tensor>& bias,
                         at::Tensor& c, GemmStart start = GemmStart::zero);

}  // namespace hone
