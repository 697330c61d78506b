// What the head allocates beyond its inputs and gradients: two chunks of logits, however many tokens there are.
#include <gtest/gtest.h>

#include "tests/policy/head_memory.h"

namespace hone {
namespace {

TEST(HeadMemory, IsTwoChunksOfLogitsAndAFewValuesAToken) {
  for (const Numerics numerics : {Numerics::exact, Numerics::fast}) {
    for (const int64_t tokens : {512, 4096}) {
      constexpr int64_t kVocabulary = 4096, kChunkBytes = 4 * 128 * kVocabulary;
      const int64_t peak = peak_bytes(tokens, kVocabulary, numerics);
      EXPECT_GT(peak, kChunkBytes / 2);
      EXPECT_LE(peak, 2 * kChunkBytes + 64 * tokens + 65536) << to_string(numerics) << " " << tokens << " tokens";
    }
  }
}

}  // namespace
}  // namespace hone
