// Random arrays, and every instruction set that this machine can run.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/kernels/simd_targets.h"
#include "proto/base/random.h"

namespace hone::test {

/// Values in (-1, 1).
inline std::vector<float> random_floats(std::size_t n, uint64_t seed) {
  PhiloxStream stream(seed);
  std::vector<float> values(n);
  for (float& v : values) v = static_cast<float>(2.0 * stream.next_uniform() - 1.0);
  return values;
}

class EachSimdTarget : public testing::TestWithParam<int64_t> {
 protected:
  ScopedSimdTarget target_{GetParam()};
};

#define HONE_INSTANTIATE_SIMD_TARGETS(suite)                                             \
  INSTANTIATE_TEST_SUITE_P(Simd, suite, testing::ValuesIn(::hone::runnable_simd_targets()), \
                           [](const auto& info) { return ::hone::simd_target_name(info.param); })

}  // namespace hone::test
