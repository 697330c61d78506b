#include "policy/format/gguf_dequantize.h"

#include <array>
#include <bit>
#include <cstring>

#include "policy/format/dtype.h"
#include "proto/base/error.h"

namespace hone {
namespace {

constexpr std::size_t kBlock = 32;

uint16_t load16(const std::byte* p) {
  uint16_t v = 0;
  std::memcpy(&v, p, sizeof v);
  return v;
}

uint32_t load32(const std::byte* p) {
  uint32_t v = 0;
  std::memcpy(&v, p, sizeof v);
  return v;
}

void read_f32(const std::byte* in, float* out) { *out = std::bit_cast<float>(load32(in)); }
void read_f16(const std::byte* in, float* out) { *out = float_from_half(load16(in)); }
void read_bf16(const std::byte* in, float* out) { *out = float_from_bfloat16(load16(in)); }

void read_q8_0(const std::byte* in, float* out) {
  const float d = float_from_half(load16(in));
  for (std::size_t i = 0; i < kBlock; ++i) out[i] = d * static_cast<float>(std::to_integer<int8_t>(in[2 + i]));
}

// Four-bit types: byte j holds value j in its low half and value j + 16 in its high half.
void read_q4_0(const std::byte* in, float* out) {
  const float d = float_from_half(load16(in));
  for (std::size_t j = 0; j < kBlock / 2; ++j) {
    const int q = std::to_integer<int>(in[2 + j]);
    out[j] = d * static_cast<float>((q & 15) - 8);
    out[j + kBlock / 2] = d * static_cast<float>((q >> 4) - 8);
  }
}

void read_q4_1(const std::byte* in, float* out) {
  const float d = float_from_half(load16(in));
  const float m = float_from_half(load16(in + 2));
  for (std::size_t j = 0; j < kBlock / 2; ++j) {
    const int q = std::to_integer<int>(in[4 + j]);
    out[j] = d * static_cast<float>(q & 15) + m;
    out[j + kBlock / 2] = d * static_cast<float>(q >> 4) + m;
  }
}

// Five-bit types keep the fifth bits of all 32 values in one word ahead of the halves.
int five_bits(uint32_t high, std::size_t i, int low) { return low | static_cast<int>(((high >> i) & 1u) << 4); }

void read_q5_0(const std::byte* in, float* out) {
  const float d = float_from_half(load16(in));
  const uint32_t high = load32(in + 2);
  for (std::size_t j = 0; j < kBlock / 2; ++j) {
    const int q = std::to_integer<int>(in[6 + j]);
    out[j] = d * static_cast<float>(five_bits(high, j, q & 15) - 16);
    out[j + kBlock / 2] = d * static_cast<float>(five_bits(high, j + kBlock / 2, q >> 4) - 16);
  }
}

void read_q5_1(const std::byte* in, float* out) {
  const float d = float_from_half(load16(in));
  const float m = float_from_half(load16(in + 2));
  const uint32_t high = load32(in + 4);
  for (std::size_t j = 0; j < kBlock / 2; ++j) {
    const int q = std::to_integer<int>(in[8 + j]);
    out[j] = d * static_cast<float>(five_bits(high, j, q & 15)) + m;
    out[j + kBlock / 2] = d * static_cast<float>(five_bits(high, j + kBlock / 2, q >> 4)) + m;
  }
}

constexpr std::array kTypes = {
    GgufTypeInfo{0, "F32", 1, 4, read_f32},        GgufTypeInfo{1, "F16", 1, 2, read_f16},
    GgufTypeInfo{2, "Q4_0", 32, 18, read_q4_0},    GgufTypeInfo{3, "Q4_1", 32, 20, read_q4_1},
    GgufTypeInfo{6, "Q5_0", 32, 22, read_q5_0},    GgufTypeInfo{7, "Q5_1", 32, 24, read_q5_1},
    GgufTypeInfo{8, "Q8_0", 32, 34, read_q8_0},    GgufTypeInfo{9, "Q8_1", 32, 36, nullptr},
    GgufTypeInfo{10, "Q2_K", 256, 84, nullptr},    GgufTypeInfo{11, "Q3_K", 256, 110, nullptr},
    GgufTypeInfo{12, "Q4_K", 256, 144, nullptr},   GgufTypeInfo{13, "Q5_K", 256, 176, nullptr},
    GgufTypeInfo{14, "Q6_K", 256, 210, nullptr},   GgufTypeInfo{15, "Q8_K", 256, 292, nullptr},
    GgufTypeInfo{16, "IQ2_XXS", 256, 66, nullptr}, GgufTypeInfo{17, "IQ2_XS", 256, 74, nullptr},
    GgufTypeInfo{18, "IQ3_XXS", 256, 98, nullptr}, GgufTypeInfo{19, "IQ1_S", 256, 50, nullptr},
    GgufTypeInfo{20, "IQ4_NL", 32, 18, nullptr},   GgufTypeInfo{21, "IQ3_S", 256, 110, nullptr},
    GgufTypeInfo{22, "IQ2_S", 256, 82, nullptr},   GgufTypeInfo{23, "IQ4_XS", 256, 136, nullptr},
    GgufTypeInfo{24, "I8", 1, 1, nullptr},         GgufTypeInfo{25, "I16", 1, 2, nullptr},
    GgufTypeInfo{26, "I32", 1, 4, nullptr},        GgufTypeInfo{27, "I64", 1, 8, nullptr},
    GgufTypeInfo{28, "F64", 1, 8, nullptr},        GgufTypeInfo{29, "IQ1_M", 256, 56, nullptr},
    GgufTypeInfo{30, "BF16", 1, 2, read_bf16},     GgufTypeInfo{34, "TQ1_0", 256, 54, nullptr},
    GgufTypeInfo{35, "TQ2_0", 256, 66, nullptr},   GgufTypeInfo{39, "MXFP4", 32, 17, nullptr},
};

}  // namespace

const GgufTypeInfo* gguf_type_info(uint32_t id) {
  for (const GgufTypeInfo& type : kTypes)
    if (type.id == id) return &type;
  return nullptr;
}

void gguf_dequantize(const GgufTypeInfo& type, std::span<const std::byte> bytes, std::span<float> out) {
  HONE_CHECK(type.dequantize != nullptr, "no reader for this tensor type");
  const std::size_t blocks = out.size() / type.block_elements;
  HONE_CHECK(blocks * type.block_elements == out.size() && blocks * type.block_bytes == bytes.size(),
             "tensor bytes of another length");
  for (std::size_t b = 0; b < blocks; ++b)
    type.dequantize(bytes.data() + b * type.block_bytes, out.data() + b * type.block_elements);
}

}  // namespace hone
