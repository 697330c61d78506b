#include "tests/policy/reference_tally.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

namespace hone::test {
namespace {

TEST(ReferenceTally, OneLineHasCountsAndNames) {
  ReferenceTally tally("packs/models");
  tally.checked("packs/models/llama", "3 cases");
  tally.checked("packs/models/qwen");
  tally.unsupported("packs/models/mamba", "model_type mamba");
  EXPECT_EQ(tally.summary(), "packs/models: 2 checked (llama: 3 cases; qwen), 1 skipped as not supported (mamba: model_type mamba)");
}

TEST(ReferenceTally, AFolderInWhichNothingIsSupportedFails) {
  ReferenceTally tally("packs");
  EXPECT_NONFATAL_FAILURE(tally.finish(), "nothing in");
  tally.unsupported("packs/mamba", "model_type mamba");
  EXPECT_NONFATAL_FAILURE(tally.finish(), "nothing in");
}

}  // namespace
}  // namespace hone::test
