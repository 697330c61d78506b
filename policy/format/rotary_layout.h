// Rotary layouts of q and k rows. llama2.c and GGUF's llama rotate adjacent rows (2i, 2i+1) of a head; Hugging Face
// rotates rows (i, i + head_dim/2). Attention is the same once the rows are in the layout that its rotation expects.
#pragma once

#include <cstddef>
#include <span>

namespace hone {

/// Reorders the rows of data [heads * head_dim, columns] in place, adjacent pairs to halves. columns 1 for a bias.
void adjacent_to_half_split(std::span<float> data, std::size_t heads, std::size_t head_dim, std::size_t columns);

}  // namespace hone
