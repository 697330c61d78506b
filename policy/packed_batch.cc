#include "policy/packed_batch.h"

#include <cstddef>
#include <limits>
#include <string>

#include "proto/base/error.h"

namespace hone {
namespace {

int32_t position(int64_t value) {
  HONE_CHECK(value <= std::numeric_limits<int32_t>::max(), "sequence longer than 2^31 tokens");
  return static_cast<int32_t>(value);
}

/// One row a token, positions counted on from `first_position`. Empty runs make no segment.
void append_rows(PackedBatch& batch, std::span<const int32_t> ids, int64_t first_position, int64_t prefix_begin,
                 int64_t prefix_end) {
  if (ids.empty()) return;
  const int64_t begin = batch.rows();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    batch.token_ids.push_back(ids[i]);
    batch.positions.push_back(position(first_position + static_cast<int64_t>(i)));
  }
  batch.segments.push_back({begin, batch.rows(), prefix_begin, prefix_end});
}

}  // namespace

void PackedBatch::add_group(std::span<const int32_t> prompt, std::span<const std::vector<int32_t>> completions) {
  if (prompt.empty())
    throw Error(ErrorCode::invalid_argument,
                "a group's prompt has no tokens: nothing can predict the first completion token");
  const int64_t prompt_begin = rows();
  append_rows(*this, prompt, 0, 0, 0);
  const int64_t prompt_end = rows();
  for (const std::vector<int32_t>& completion : completions) {
    const int64_t begin = rows();
    for (std::size_t i = 0; i < completion.size(); ++i) {
      source_rows.push_back(i == 0 ? prompt_end - 1 : begin + static_cast<int64_t>(i) - 1);
      targets.push_back(completion[i]);
    }
    if (!completion.empty())
      append_rows(*this, std::span(completion).first(completion.size() - 1), prompt_end - prompt_begin, prompt_begin,
                  prompt_end);
    sequence_begin.push_back(target_count());
  }
}

void PackedBatch::add_sequence(std::span<const int32_t> ids, int64_t first_target) {
  if (first_target < 1)
    throw Error(ErrorCode::invalid_argument, "first_target " + std::to_string(first_target) + ": must be at least 1");
  const int64_t begin = rows();
  const auto length = static_cast<int64_t>(ids.size());
  if (length > first_target) append_rows(*this, ids.first(ids.size() - 1), 0, 0, 0);
  for (int64_t t = first_target; t < length; ++t) {
    source_rows.push_back(begin + t - 1);
    targets.push_back(ids[static_cast<std::size_t>(t)]);
  }
  sequence_begin.push_back(target_count());
}

void PackedBatch::add_sequence(std::span<const int32_t> ids, std::span<const uint8_t> is_target) {
  if (ids.size() != is_target.size())
    throw Error(ErrorCode::invalid_argument, "is_target has " + std::to_string(is_target.size()) + " values for " +
                                                 std::to_string(ids.size()) + " tokens");
  if (!ids.empty() && is_target.front() != 0)
    throw Error(ErrorCode::invalid_argument, "the first token of a sequence cannot be a target: nothing predicts it");
  std::size_t end = ids.size();
  while (end > 0 && is_target[end - 1] == 0) --end;
  const int64_t begin = rows();
  if (end > 0) append_rows(*this, ids.first(end - 1), 0, 0, 0);
  for (std::size_t t = 1; t < end; ++t) {
    if (is_target[t] == 0) continue;
    source_rows.push_back(begin + static_cast<int64_t>(t) - 1);
    targets.push_back(ids[t]);
  }
  sequence_begin.push_back(target_count());
}

}  // namespace hone
