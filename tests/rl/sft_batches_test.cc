#include "rl/sft_batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "proto/base/random.h"

namespace hone {
namespace {

std::vector<int32_t> random_lengths(std::size_t n, int32_t most) {
  PhiloxStream rng(3);
  std::vector<int32_t> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(1 + static_cast<int32_t>(rng.next_below(static_cast<uint64_t>(most))));
  return out;
}

TEST(SftOrder, WithoutPackingAStepIsBatchSizeExamplesAndAnEpochHoldsEachOnce) {
  SftOrder order(random_lengths(10, 9), {.batch_size = 4, .seed = 7});
  std::vector<uint32_t> stream;
  for (int step = 0; step < 5; ++step) {
    const auto part = order.examples_of(step);
    EXPECT_EQ(part.size(), 4u);
    stream.insert(stream.end(), part.begin(), part.end());
  }
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::vector<uint32_t> sorted(stream.begin() + epoch * 10, stream.begin() + epoch * 10 + 10);
    EXPECT_EQ(sorted, permutation(10, 7, static_cast<uint32_t>(epoch)));
    std::sort(sorted.begin(), sorted.end());
    for (uint32_t i = 0; i < 10; ++i) EXPECT_EQ(sorted[i], i);
  }
  EXPECT_DOUBLE_EQ(order.epoch_after(0), 0.4);
  EXPECT_DOUBLE_EQ(order.epoch_after(4), 2.0);
}

TEST(SftOrder, PackedRowsHoldWholeExamplesInOrderAndAreFull) {
  const auto lengths = random_lengths(200, 60);
  SftOrder one_row(lengths, {.batch_size = 1, .max_length = 100, .packing = true, .seed = 1});
  std::vector<uint32_t> stream;
  int64_t row = 0;
  while (stream.size() < lengths.size()) {
    const auto examples = one_row.examples_of(row++);
    ASSERT_FALSE(examples.empty());
    int64_t tokens = 0;
    for (const uint32_t i : examples) tokens += lengths[i];
    EXPECT_LE(tokens, 100);
    stream.insert(stream.end(), examples.begin(), examples.end());
    if (stream.size() < lengths.size()) {
      EXPECT_GT(tokens + lengths[permutation(200, 1, 0)[stream.size()]], 100);
    }
  }
  EXPECT_EQ(stream, permutation(200, 1, 0));
  EXPECT_DOUBLE_EQ(one_row.epoch_after(row - 1), 1.0);
  // A step of four rows is those four rows.
  SftOrder four(lengths, {.batch_size = 4, .max_length = 100, .packing = true, .seed = 1});
  std::vector<uint32_t> expected;
  for (int64_t r = 8; r < 12; ++r) {
    const auto examples = one_row.examples_of(r);
    expected.insert(expected.end(), examples.begin(), examples.end());
  }
  EXPECT_EQ(four.examples_of(2), expected);
}

TEST(SftOrder, AStepDoesNotDependOnTheStepsAskedForBefore) {
  for (const bool packing : {false, true}) {
    const SftOrder::Options options{.batch_size = 3, .max_length = 40, .packing = packing, .seed = 5};
    const auto lengths = random_lengths(17, 30);
    SftOrder walked(lengths, options);
    std::map<int64_t, std::vector<uint32_t>> all;
    for (int64_t step = 0; step < 40; ++step) all[step] = walked.examples_of(step);
    for (const int64_t step : {39, 0, 17, 16, 18}) {
      EXPECT_EQ(walked.examples_of(step), all[step]);
      SftOrder fresh(lengths, options);
      EXPECT_EQ(fresh.examples_of(step), all[step]);
    }
  }
}

TEST(SftOrder, FileOrderWithoutShuffle) {
  SftOrder order({5, 5, 5}, {.batch_size = 2, .shuffle = false});
  EXPECT_EQ(order.examples_of(0), (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(order.examples_of(1), (std::vector<uint32_t>{2, 0}));
}

TEST(PackExamples, MicroBatchesHoldEveryTargetOnceWithinTheLimit) {
  PhiloxStream rng(9);
  std::vector<SftExample> examples;
  for (int e = 0; e < 40; ++e) {
    SftExample x;
    for (uint64_t i = 0; i < 2 + rng.next_below(12); ++i) x.ids.push_back(static_cast<int32_t>(rng.next_below(50))), x.is_target.push_back(rng.next_below(2) != 0);
    x.is_target.front() = 0;
    examples.push_back(x);
  }
  std::vector<const SftExample*> all;
  std::vector<int32_t> targets, packed;
  for (const SftExample& e : examples) {
    all.push_back(&e);
    for (std::size_t i = 0; i < e.ids.size(); ++i)
      if (e.is_target[i] != 0) targets.push_back(e.ids[i]);
  }
  for (const int64_t limit : {1, 16, 40, 100000}) {
    packed.clear();
    const auto batches = pack_examples(all, limit);
    for (const PackedBatch& batch : batches) {
      if (limit >= 16) {
        EXPECT_LE(batch.rows(), limit);
      }
      packed.insert(packed.end(), batch.targets.begin(), batch.targets.end());
    }
    EXPECT_EQ(packed, targets) << limit;
  }
}

}  // namespace
}  // namespace hone
