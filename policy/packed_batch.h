// Sequences packed without padding, each group's prompt once: the learner's input.
//
// All tokens of a micro-batch stand in one row [N]. A segment is a run of rows that attends to itself causally and,
// before itself, to all rows of its prefix segment (the group's prompt). Plain sequences have no prefix. Example:
// prompt [5 6 7], completions [8 2] and [9 9 2]:
//   token_ids 5 6 7 | 8 | 9 9          positions 0 1 2 | 3 | 3 4
//   segments  {0,3, prefix 0,0} {3,4, prefix 0,3} {4,6, prefix 0,3}
//   targets   8 2 9 9 2   predicted from rows 2 3 2 4 5   (the last completion token predicts nothing, so it is no row)
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hone {

struct PackedBatch {
  struct Segment {
    int64_t begin = 0, end = 0;                // rows [begin, end)
    int64_t prefix_begin = 0, prefix_end = 0;  // rows seen before, [prefix_begin, prefix_end); empty = none
  };
  std::vector<int32_t> token_ids;       // [N]
  std::vector<int32_t> positions;       // [N]
  std::vector<Segment> segments;        // cover 0..N in order; a prefix segment comes before its users
  std::vector<int64_t> source_rows;     // [M] row whose output predicts target m
  std::vector<int32_t> targets;         // [M] token ids
  std::vector<int64_t> sequence_begin;  // [S+1] targets of sequence s are [sequence_begin[s], sequence_begin[s+1])

  int64_t rows() const { return static_cast<int64_t>(token_ids.size()); }
  int64_t target_count() const { return static_cast<int64_t>(targets.size()); }
  int64_t sequence_count() const { return static_cast<int64_t>(sequence_begin.size()) - 1; }

  PackedBatch() : sequence_begin{0} {}

  /// Adds a prompt and completions that share it; every completion token is a target. Empty completions add an empty
  /// sequence. The last token of a completion is not a row, so a completion of one token adds no segment. Throws
  /// invalid_argument when the prompt is empty.
  void add_group(std::span<const int32_t> prompt, std::span<const std::vector<int32_t>> completions);

  /// Adds one plain sequence; targets are ids[first_target..] (first_target >= 1, invalid_argument otherwise). The last
  /// token is not a row; a sequence without targets has no rows.
  void add_sequence(std::span<const int32_t> ids, int64_t first_target = 1);

  /// Adds one plain sequence whose targets are the ids with `is_target` 1 (same length as ids). Rows behind the last target are
  /// left out. Throws invalid_argument when the lengths differ or the first id is a target.
  void add_sequence(std::span<const int32_t> ids, std::span<const uint8_t> is_target);
};

}  // namespace hone
