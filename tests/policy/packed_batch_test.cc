#include "policy/packed_batch.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/policy/format_test_support.h"

namespace hone {
namespace {

using Ids = std::vector<int32_t>;
using Rows = std::vector<int64_t>;

TEST(PackedBatch, GroupOfTheHeadersExample) {
  PackedBatch batch;
  batch.add_group(Ids{5, 6, 7}, std::vector<Ids>{{8, 2}, {9, 9, 2}});
  EXPECT_EQ(batch.token_ids, (Ids{5, 6, 7, 8, 9, 9}));
  EXPECT_EQ(batch.positions, (Ids{0, 1, 2, 3, 3, 4}));
  EXPECT_EQ(batch.source_rows, (Rows{2, 3, 2, 4, 5}));
  EXPECT_EQ(batch.targets, (Ids{8, 2, 9, 9, 2}));
  EXPECT_EQ(batch.sequence_begin, (Rows{0, 2, 5}));
  ASSERT_EQ(batch.segments.size(), 3u);
  EXPECT_EQ(batch.segments[2].begin, 4);
  EXPECT_EQ(batch.segments[2].end, 6);
  EXPECT_EQ(batch.segments[2].prefix_begin, 0);
  EXPECT_EQ(batch.segments[2].prefix_end, 3);
}

TEST(PackedBatch, ShortCompletionsMakeNoSegment) {
  PackedBatch batch;
  batch.add_group(Ids{5, 6}, std::vector<Ids>{{2}, {}, {3, 2}});
  EXPECT_EQ(batch.token_ids, (Ids{5, 6, 3}));
  EXPECT_EQ(batch.targets, (Ids{2, 3, 2}));
  EXPECT_EQ(batch.source_rows, (Rows{1, 1, 2}));
  EXPECT_EQ(batch.sequence_begin, (Rows{0, 1, 1, 3}));
  EXPECT_EQ(batch.segments.size(), 2u);
}

TEST(PackedBatch, SecondGroupSeesItsOwnPrompt) {
  PackedBatch batch;
  batch.add_group(Ids{1, 2}, std::vector<Ids>{{3, 4}});
  batch.add_group(Ids{5}, std::vector<Ids>{{6, 7, 8}});
  ASSERT_EQ(batch.segments.size(), 4u);
  EXPECT_EQ(batch.segments[3].prefix_begin, 3);
  EXPECT_EQ(batch.segments[3].prefix_end, 4);
  EXPECT_EQ(batch.source_rows, (Rows{1, 2, 3, 4, 5}));
  int64_t covered = 0;
  for (const auto& segment : batch.segments) {
    EXPECT_EQ(segment.begin, covered);
    covered = segment.end;
  }
  EXPECT_EQ(covered, batch.rows());
}

TEST(PackedBatch, PlainSequences) {
  PackedBatch batch;
  batch.add_sequence(Ids{1, 2, 3, 4}, 2);
  batch.add_sequence(Ids{9});
  batch.add_sequence(Ids{7, 8});
  EXPECT_EQ(batch.token_ids, (Ids{1, 2, 3, 7}));
  EXPECT_EQ(batch.positions, (Ids{0, 1, 2, 0}));
  EXPECT_EQ(batch.targets, (Ids{3, 4, 8}));
  EXPECT_EQ(batch.source_rows, (Rows{1, 2, 3}));
  EXPECT_EQ(batch.sequence_begin, (Rows{0, 2, 2, 3}));
}

TEST(PackedBatch, RefusesWhatNothingPredicts) {
  PackedBatch batch;
  test::expect_error(ErrorCode::invalid_argument, "prompt has no tokens",
                     [&] { batch.add_group({}, std::vector<Ids>{{1}}); });
  test::expect_error(ErrorCode::invalid_argument, "first_target 0", [&] { batch.add_sequence(Ids{1, 2}, 0); });
}

}  // namespace
}  // namespace hone
