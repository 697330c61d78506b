// ggml's tensor types: sizes of all that are in use, float32 values of F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1.
// A quantised tensor is a row of blocks of 32 values with a float16 scale d (and minimum m): value = d * q (+ m), each
// step rounded to float32. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace hone {

struct GgufTypeInfo {
  uint32_t id;
  std::string_view name;
  uint32_t block_elements;
  uint32_t block_bytes;
  void (*dequantize)(const std::byte* block, float* out);  // one block; nullptr where Hone has no reader
};

/// nullptr for an unknown id.
const GgufTypeInfo* gguf_type_info(uint32_t id);

/// Blocks one after the other. Sizes must agree; type.dequantize must exist.
void gguf_dequantize(const GgufTypeInfo& type, std::span<const std::byte> bytes, std::span<float> out);

}  // namespace hone
