// How the generator stores matrices; it multiplies in float32 whatever the storage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hone {

enum class WeightStorage : uint8_t {
  float32,   // as published
  bfloat16,  // rounded to nearest, ties to even: half the memory and traffic
  int8,      // w = q * scale with one scale a row, max |w| / 127, and q rounded to nearest: a quarter (absmax, LLM.int8() arXiv:2208.07339)
};

std::size_t byte_size(WeightStorage storage);  // of one weight
std::string_view to_string(WeightStorage storage);
WeightStorage weight_storage_from_string(std::string_view name);  // throws invalid_argument

}  // namespace hone
