// Rows of the embedding matrix. The gradient is added to the rows that were read, in their order, and nothing the size of the matrix is
// made for it.
#pragma once

#include "policy/torch.h"

namespace hone {

/// weight [V, H], ids [N] int64 in [0, V) -> [N, H].
at::Tensor embedding_rows(const at::Tensor& weight, const at::Tensor& ids);

}  // namespace hone
