#include "rl/problem_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "proto/base/error.h"
#include "rl/dataset.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

CurriculumSection curriculum() {
  CurriculumSection c;
  c.enabled = true;
  c.min_pass_rate = 0.2;
  c.max_pass_rate = 0.8;
  c.requeue_after = 3;
  c.rest_after_pass = 5;
  c.requeue_share = 0.5;
  return c;
}

bool contains(const std::vector<uint32_t>& values, uint32_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

TEST(ProblemStream, WithoutCurriculumIsTheEpochsCutIntoPieces) {
  for (const bool shuffle : {false, true}) {
    ProblemStream stream(7, 11, shuffle, {});
    for (int64_t step = 0; step < 9; ++step) {
      EXPECT_EQ(stream.next(4, step), problems_of_step(7, 4, step, 11, shuffle));
      stream.observe(2, 0.0, step);  // ignored
    }
  }
}

TEST(ProblemStream, PiecesOfAnySizeGiveTheSameProblems) {
  ProblemStream whole(10, 3, true, {}), cut(10, 3, true, {});
  std::vector<uint32_t> pieces;
  for (const int64_t n : {1, 5, 2, 9, 8}) {
    const auto next = cut.next(n, 0);
    pieces.insert(pieces.end(), next.begin(), next.end());
  }
  EXPECT_EQ(pieces, whole.next(25, 0));
}

TEST(ProblemStream, AProblemOutsideTheBandRestsAndComesBack) {
  ProblemStream stream(6, 1, false, curriculum());
  EXPECT_EQ(stream.next(6, 0), (std::vector<uint32_t>{0, 1, 2, 3, 4, 5}));
  stream.observe(1, 0.1, 0);  // too hard until step 3
  stream.observe(4, 0.9, 0);  // too easy until step 5
  stream.observe(2, 0.5, 0);
  EXPECT_EQ(stream.next(4, 1), (std::vector<uint32_t>{0, 2, 3, 5}));
  const auto counts = stream.take_counts();
  EXPECT_EQ(counts.too_easy, 1);
  EXPECT_EQ(counts.too_hard, 1);
  EXPECT_EQ(counts.skipped, 2);
  EXPECT_EQ(stream.next(2, 2), (std::vector<uint32_t>{0, 2}));
  EXPECT_EQ(stream.next(2, 3), (std::vector<uint32_t>{1, 3}));  // the queue first, then the stream
  EXPECT_EQ(stream.take_counts().requeued, 1);
  EXPECT_FALSE(contains(stream.next(6, 4), 4));
  EXPECT_TRUE(contains(stream.next(6, 5), 4));
}

TEST(ProblemStream, TheQueueTakesAtMostItsShare) {
  ProblemStream stream(8, 1, false, curriculum());
  for (const uint32_t p : {0u, 1u, 2u, 3u}) stream.observe(p, 0.0, 0);
  EXPECT_EQ(stream.next(4, 3),
            (std::vector<uint32_t>{0, 1, 2, 3}));  // two of the queue; the stream's own 2 and 3 are due too
  EXPECT_EQ(stream.take_counts().requeued, 2);
}

TEST(ProblemStream, WhenAllRestTheFirstToBeDueIsTaken) {
  ProblemStream stream(3, 1, false, curriculum());
  stream.observe(0, 1.0, 2);
  stream.observe(1, 0.0, 2);
  stream.observe(2, 1.0, 1);
  EXPECT_EQ(stream.next(2, 3), (std::vector<uint32_t>{1, 2}));  // due in steps 5 and 6; 0 in step 7
}

TEST(ProblemStream, AnUnknownPassRateChangesNothing) {
  ProblemStream stream(3, 1, false, curriculum());
  stream.observe(0, std::nan(""), 0);
  EXPECT_EQ(stream.next(3, 1), (std::vector<uint32_t>{0, 1, 2}));
}

TEST(ProblemStream, ARestoredOneGoesOnAlike) {
  ProblemStream a(20, 4, true, curriculum());
  const auto play = [](ProblemStream& s, int64_t from, int64_t to, std::vector<uint32_t>& out) {
    for (int64_t step = from; step < to; ++step) {
      for (const uint32_t p : s.next(6, step)) {
        s.observe(p, static_cast<double>((p * 7 + static_cast<uint32_t>(step)) % 5) / 4.0, step);
        out.push_back(p);
      }
    }
  };
  std::vector<uint32_t> before, after_a, after_b;
  play(a, 0, 9, before);
  ProblemStream b(20, 4, true, curriculum());
  b.restore(a.state());
  play(a, 9, 40, after_a);
  play(b, 9, 40, after_b);
  EXPECT_EQ(after_a, after_b);
}

TEST(ProblemStream, AStateOfAnotherDataSetIsRefused) {
  ProblemStream stream(3, 1, false, curriculum());
  EXPECT_HONE_ERROR(stream.restore({0, {{3, 9, true}}}), ErrorCode::data_loss,
                    "problem 3 rests, but data.train_file has 3");
}

}  // namespace
}  // namespace hone
