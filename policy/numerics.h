// How the learner multiplies matrices, attends and sums up probabilities.
#pragma once

#include <cstdint>
#include <string_view>

namespace hone {

enum class Numerics : uint8_t {
  fast,   // ATen's products and online soft-max; any device
  exact,  // the generator's fixed-order kernels: log-probabilities equal to the sampler's bit for bit, gradients that do not
          // depend on the number of threads; float32 on the CPU
};

std::string_view to_string(Numerics value);
Numerics numerics_from_string(std::string_view name);  // throws invalid_argument

}  // namespace hone
