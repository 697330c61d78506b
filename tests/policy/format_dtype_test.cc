#include "policy/format/dtype.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "policy/format/gguf_dequantize.h"
#include "tests/policy/format_test_support.h"

namespace hone {
namespace {

/// IEEE half by its definition.
double slow_half(uint16_t bits) {
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  if (exponent == 31)
    return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

TEST(Dtype, EveryHalfWidensAndNarrowsBack) {
  for (uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const double expected = slow_half(half);
    const float value = float_from_half(half);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(value) && std::isnan(slow_half(half_from_float(value))));
      continue;
    }
    ASSERT_EQ(static_cast<double>(value), expected) << bits;
    ASSERT_EQ(std::signbit(value), std::signbit(expected)) << bits;
    ASSERT_EQ(half_from_float(value), half);
  }
}

TEST(Dtype, HalfRoundsToNearestEven) {
  for (uint32_t bits = 0; bits < 0x7BFF; ++bits) {
    const double low = slow_half(static_cast<uint16_t>(bits));
    const double high = slow_half(static_cast<uint16_t>(bits + 1));
    const auto middle = static_cast<float>((low + high) / 2);
    const auto even = static_cast<uint16_t>(bits + (bits & 1));
    ASSERT_EQ(half_from_float(middle), even) << bits;
    ASSERT_EQ(half_from_float(std::nextafter(middle, 0.0f)), bits);
    ASSERT_EQ(half_from_float(std::nextafter(middle, 1e9f)), bits + 1);
  }
  EXPECT_EQ(half_from_float(65519.99f), 0x7BFF);
  EXPECT_EQ(half_from_float(65520.0f), 0x7C00);
  EXPECT_EQ(half_from_float(-1e30f), 0xFC00);
}

TEST(Dtype, Bfloat16RoundsToNearestEven) {
  for (uint32_t high = 0; high <= 0xFFFF; ++high) {
    const auto bits = static_cast<uint16_t>(high);
    const float value = float_from_bfloat16(bits);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(float_from_bfloat16(bfloat16_from_float(value))));
      continue;
    }
    ASSERT_EQ(bfloat16_from_float(value), bits);
    if (std::isinf(value)) continue;
    const uint32_t exact = high << 16;
    EXPECT_EQ(bfloat16_from_float(std::bit_cast<float>(exact | 0x7FFFu)), bits);
    EXPECT_EQ(bfloat16_from_float(std::bit_cast<float>(exact | 0x8000u)), static_cast<uint16_t>(high + (high & 1)));
    EXPECT_EQ(bfloat16_from_float(std::bit_cast<float>(exact | 0x8001u)), static_cast<uint16_t>(high + 1));
  }
  const float tiny_nan = std::bit_cast<float>(0x7F800001u);
  EXPECT_TRUE(std::isnan(float_from_bfloat16(bfloat16_from_float(tiny_nan))));
}

TEST(Dtype, UnalignedBuffers) {
  const std::vector<float> values{1.0f, -2.5f, 0.0f, 65504.0f, 1e-7f};
  for (const FloatType type : {FloatType::float32, FloatType::float16, FloatType::bfloat16}) {
    std::vector<std::byte> storage(1 + values.size() * byte_size(type));
    const std::span<std::byte> bytes = std::span(storage).subspan(1);
    narrow(type, values, bytes);
    std::vector<float> back(values.size());
    widen(type, bytes, back);
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(back[i], values[i], std::fabs(values[i]) / 256 + 6e-8f) << safetensors_name(type);
  }
}

TEST(Dtype, UnknownNameListsTheKnown) {
  test::expect_error(ErrorCode::invalid_argument, "'float64'", [] { float_type_from_string("float64"); });
}

TEST(GgufTypes, OneBlockByHand) {
  // d = 0.5, m = -1; value j in the low halves counts up, value j + 16 is 15.
  test::Bytes block;
  block.add<uint16_t>(half_from_float(0.5f)).add<uint16_t>(half_from_float(-1.0f));
  for (int j = 0; j < 16; ++j) block.add(static_cast<uint8_t>(0xF0 | j));
  std::vector<float> out(32);
  gguf_dequantize(*gguf_type_info(3), std::as_bytes(std::span(block.str())), out);
  for (std::size_t j = 0; j < 16; ++j) {
    EXPECT_EQ(out[j], 0.5f * static_cast<float>(j) - 1.0f);
    EXPECT_EQ(out[j + 16], 6.5f);
  }
  EXPECT_EQ(gguf_type_info(4), nullptr);  // Q4_2 is long gone
}

}  // namespace
}  // namespace hone
