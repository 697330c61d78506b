// Storage types of tensors and their conversion to and from float32.
// Widening is exact. Narrowing rounds to nearest, ties to even (IEEE 754); NaN stays NaN.
// Thread rule: pure functions. Data need not be aligned.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hone {

enum class FloatType : uint8_t { float32, float16, bfloat16 };

std::size_t byte_size(FloatType type);
/// "float32", "float16", "bfloat16": config.json's names. Throws invalid_argument for another.
FloatType float_type_from_string(std::string_view name);
/// "F32", "F16", "BF16": safetensors' names; nullopt for another.
std::optional<FloatType> float_type_from_safetensors(std::string_view name);
std::string_view safetensors_name(FloatType type);

inline float float_from_bfloat16(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

inline float float_from_half(uint16_t bits) {
  const uint32_t sign = (uint32_t{bits} & 0x8000u) << 16;
  const uint32_t magnitude = bits & 0x7FFFu;
  const uint32_t shifted = magnitude << 13;
  // Normal numbers move from exponent bias 15 to 127; infinity and NaN take the largest exponent; subnormal numbers are
  // magnitude * 2^-24, exact in float32.
  const uint32_t normal = shifted + (112u << 23);
  const uint32_t special = shifted | 0x7F800000u;
  const uint32_t subnormal = std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(magnitude)) * 0x1.0p-24f);
  const uint32_t finite = magnitude < 0x0400u ? subnormal : normal;
  return std::bit_cast<float>(sign | (magnitude >= 0x7C00u ? special : finite));
}

inline uint16_t bfloat16_from_float(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const bool nan = (bits & 0x7FFFFFFFu) > 0x7F800000u;
  const uint32_t rounded = bits + 0x7FFFu + ((bits >> 16) & 1u);
  return static_cast<uint16_t>((nan ? bits | 0x00400000u : rounded) >> 16);
}

uint16_t half_from_float(float value);

/// out.size() elements from `bytes` (little-endian, exactly out.size() * byte_size(type) of them).
void widen(FloatType type, std::span<const std::byte> bytes, std::span<float> out);
/// The other way; `bytes` has values.size() * byte_size(type) room.
void narrow(FloatType type, std::span<const float> values, std::span<std::byte> bytes);

}  // namespace hone
