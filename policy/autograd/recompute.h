// Activation recomputation (Chen et al. 2016, arXiv:1604.06174): keeps a block's input only and runs the block again in backward.
#pragma once

#include <functional>
#include <vector>

#include "policy/torch.h"

namespace hone {

/// A pure function of (x, parameters); run twice, so it must give the same bits each time.
using Block = std::function<at::Tensor(const at::Tensor& x, const std::vector<at::Tensor>& parameters)>;

/// block(x, parameters) with the same gradients, bit for bit.
at::Tensor recomputed(Block block, const at::Tensor& x, const std::vector<at::Tensor>& parameters);

}  // namespace hone
