#include "policy/format/dtype.h"

#include <cstring>
#include <string>

#include "proto/base/error.h"

namespace hone {
namespace {

static_assert(std::endian::native == std::endian::little, "tensor files are little-endian and read as they lie");

template <class Convert>
void widen16(std::span<const std::byte> bytes, std::span<float> out, Convert convert) {
  const std::byte* in = bytes.data();
  for (std::size_t i = 0; i < out.size(); ++i) {
    uint16_t bits = 0;
    std::memcpy(&bits, in + 2 * i, sizeof bits);
    out[i] = convert(bits);
  }
}

template <class Convert>
void narrow16(std::span<const float> values, std::span<std::byte> bytes, Convert convert) {
  std::byte* out = bytes.data();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const uint16_t bits = convert(values[i]);
    std::memcpy(out + 2 * i, &bits, sizeof bits);
  }
}

}  // namespace

std::size_t byte_size(FloatType type) { return type == FloatType::float32 ? 4 : 2; }

FloatType float_type_from_string(std::string_view name) {
  if (name == "float32") return FloatType::float32;
  if (name == "float16") return FloatType::float16;
  if (name == "bfloat16") return FloatType::bfloat16;
  throw Error(ErrorCode::invalid_argument,
              "dtype '" + std::string(name) + "' is unknown; use float32, bfloat16 or float16");
}

std::optional<FloatType> float_type_from_safetensors(std::string_view name) {
  if (name == "F32") return FloatType::float32;
  if (name == "F16") return FloatType::float16;
  if (name == "BF16") return FloatType::bfloat16;
  return std::nullopt;
}

std::string_view safetensors_name(FloatType type) {
  switch (type) {
    case FloatType::float32: return "F32";
    case FloatType::float16: return "F16";
    case FloatType::bfloat16: return "BF16";
  }
  return "F32";
}

uint16_t half_from_float(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return static_cast<uint16_t>(sign | 0x7E00u);
  if (magnitude >= 0x477FF000u) return static_cast<uint16_t>(sign | 0x7C00u);  // 65520 and above round to infinity
  if (magnitude < 0x38800000u) {
    // Below 2^-14 the result counts steps of 2^-24: adding 0.5 leaves them, rounded, in the lowest bits.
    const float counted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(counted) - std::bit_cast<uint32_t>(0.5f)));
  }
  const uint32_t rounded = magnitude + 0x0FFFu + ((magnitude >> 13) & 1u);
  return static_cast<uint16_t>(sign | ((rounded - (112u << 23)) >> 13));
}

void widen(FloatType type, std::span<const std::byte> bytes, std::span<float> out) {
  HONE_CHECK(bytes.size() == out.size() * byte_size(type), "tensor bytes of another length");
  if (out.empty()) return;
  switch (type) {
    case FloatType::float32: std::memcpy(out.data(), bytes.data(), bytes.size()); return;
    case FloatType::float16: return widen16(bytes, out, float_from_half);
    case FloatType::bfloat16: return widen16(bytes, out, float_from_bfloat16);
  }
}

void narrow(FloatType type, std::span<const float> values, std::span<std::byte> bytes) {
  HONE_CHECK(bytes.size() == values.size() * byte_size(type), "tensor bytes of another length");
  if (values.empty()) return;
  switch (type) {
    case FloatType::float32: std::memcpy(bytes.data(), values.data(), bytes.size()); return;
    case FloatType::float16: return narrow16(values, bytes, half_from_float);
    case FloatType::bfloat16: return narrow16(values, bytes, bfloat16_from_float);
  }
}

}  // namespace hone
