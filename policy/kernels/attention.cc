#include "policy/kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "policy/kernels/aligned_buffer.h"
#include "policy/kernels/row_exp.h"
#include "policy/kernels/work_count.h"

#include "policy/kernels/highway_config.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "policy/kernels/attention.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "policy/kernels/micro_kernel-inl.h"

#ifndef HONE_KERNELS_ATTENTION_TYPES_
#define HONE_KERNELS_ATTENTION_TYPES_
namespace hone {

/// Query rows gathered by (row, head), their scores by position, and their outputs.
struct AttentionScratch {
  float* queries;  // [lines][head_dim]
  float* scores;   // [lines][score_stride]
  float* outputs;  // [lines][value_stride]
  int64_t lines;
  int64_t score_stride;
  int64_t value_stride;
};

}  // namespace hone
#endif

HWY_BEFORE_NAMESPACE();
namespace hone {
namespace HWY_NAMESPACE {

int64_t value_stride_for(int64_t head_dim) {
  const int64_t width = static_cast<int64_t>(kPanelWidth);
  return (head_dim + width - 1) / width * width;
}

/// rows x (panels * width) outputs as tiles; `tile` describes the first row and panel.
HWY_INLINE void run_tiles(std::size_t rows, std::size_t panels, const Tile& tile, TileStart start) {
  for (std::size_t row = 0; row < rows;) {
    const std::size_t n = next_tile_rows(rows - row);
    for (std::size_t panel = 0; panel < panels;) {
      const std::size_t taken = tile_panels(n, panels - panel);
      Tile part = tile;
      part.x += row * tile.x_stride;
      part.w += panel * tile.panel_stride;
      part.y += row * tile.y_stride + panel * kPanelWidth;
      run_tile(n, taken, part, start, nullptr);
      panel += taken;
    }
    row += n;
  }
}

void attention_scores(std::span<const KvRun> runs, const AttentionScratch& s, int64_t head_dim, int64_t visible) {
  int64_t position = 0;
  for (const KvRun& run : runs) {
    if (position >= visible) break;
    // Whole panels: what lies beyond `count` is overwritten by the next run or never read.
    const std::size_t panels = (static_cast<std::size_t>(run.count) + kPanelWidth - 1) / kPanelWidth;
    const Tile tile{.x = s.queries,
                    .x_stride = static_cast<std::size_t>(head_dim),
                    .w = run.keys,
                    .w_stride = kKvBlock,
                    .panel_stride = kPanelWidth,
                    .k = static_cast<std::size_t>(head_dim),
                    .y = s.scores + position,
                    .y_stride = static_cast<std::size_t>(s.score_stride)};
    run_tiles(static_cast<std::size_t>(s.lines), panels, tile, TileStart::zero);
    position += run.count;
  }
}

/// Adds the values of positions [begin, end) to `lines` outputs from line `line` on.
HWY_INLINE void add_values(std::span<const KvRun> runs, const AttentionScratch& s, int64_t line, int64_t lines, int64_t begin,
                           int64_t end) {
  int64_t position = 0;
  for (const KvRun& run : runs) {
    if (position >= end) break;
    const int64_t from = std::max(begin, position);
    const int64_t to = std::min<int64_t>(end, position + run.count);
    if (from < to) {
      const Tile tile{.x = s.scores + line * s.score_stride + from,
                      .x_stride = static_cast<std::size_t>(s.score_stride),
                      .w = run.values + (from - position) * s.value_stride,
                      .w_stride = static_cast<std::size_t>(s.value_stride),
                      .panel_stride = kPanelWidth,
                      .k = static_cast<std::size_t>(to - from),
                      .y = s.outputs + line * s.value_stride,
                      .y_stride = static_cast<std::size_t>(s.value_stride)};
      run_tiles(static_cast<std::size_t>(lines), static_cast<std::size_t>(s.value_stride) / kPanelWidth, tile, TileStart::resume);
    }
    position += run.count;
  }
}

/// Lines of one tile share the positions that the first of them sees; the others' few further positions follow one by one.
void attention_values(std::span<const KvRun> runs, const AttentionScratch& s, int64_t first_visible, int64_t group) {
  for (int64_t line = 0; line < s.lines;) {
    const int64_t n = static_cast<int64_t>(next_tile_rows(static_cast<std::size_t>(s.lines - line)));
    const int64_t common = first_visible + line / group;
    add_values(runs, s, line, n, 0, common);
    for (int64_t l = line; l < line + n; ++l) {
      const int64_t visible = first_visible + l / group;
      if (visible > common) add_values(runs, s, l, 1, common, visible);
    }
    line += n;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace hone
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone {

HWY_EXPORT(value_stride_for);
HWY_EXPORT(attention_scores);
HWY_EXPORT(attention_values);

int64_t attention_value_stride(int64_t head_dim) { return HWY_DYNAMIC_DISPATCH(value_stride_for)(head_dim); }

void attend(std::span<const KvRun> runs, const AttentionQuery& query) {
  thread_local AlignedBuffer memory;
  const int64_t visible = query.first_visible + query.rows - 1;
  count_work(visible_pairs(query.rows, query.first_visible) * query.group * query.head_dim * 2);  // scores, values
  AttentionScratch s{};
  s.lines = static_cast<int64_t>(query.rows) * query.group;
  s.value_stride = attention_value_stride(query.head_dim);
  s.score_stride = (visible + 2 * kKvBlock) / kKvBlock * kKvBlock;
  s.scores = memory.reserve(static_cast<std::size_t>(s.lines * (s.score_stride + s.value_stride + query.head_dim)));
  s.outputs = s.scores + s.lines * s.score_stride;
  s.queries = s.outputs + s.lines * s.value_stride;
  const std::size_t head_bytes = static_cast<std::size_t>(query.head_dim) * sizeof(float);
  const std::size_t row_bytes = head_bytes * static_cast<std::size_t>(query.group);
  for (int64_t r = 0; r < query.rows; ++r) {
    std::memcpy(s.queries + r * query.group * query.head_dim, query.q + r * query.q_stride, row_bytes);
  }
  std::memset(s.outputs, 0, static_cast<std::size_t>(s.lines * s.value_stride) * sizeof(float));

  HWY_DYNAMIC_DISPATCH(attention_scores)(runs, s, query.head_dim, visible);
  thread_local AlignedBuffer sums_memory;
  float* sums = sums_memory.reserve(static_cast<std::size_t>(s.lines));
  for (int64_t l = 0; l < s.lines; ++l) {
    const SoftmaxNumerators row = softmax_numerators(s.scores + l * s.score_stride, query.first_visible + l / query.group, query.scale);
    sums[l] = row.sum;
    if (query.lse != nullptr) {
      query.lse[(l / query.group) * query.lse_stride + l % query.group] = row.max * query.scale + std::log(row.sum);
    }
  }
  HWY_DYNAMIC_DISPATCH(attention_values)(runs, s, query.first_visible, query.group);
  for (int64_t l = 0; l < s.lines; ++l) {
    const float* from = s.outputs + l * s.value_stride;
    float* to = query.out + (l / query.group) * query.out_stride + (l % query.group) * query.head_dim;
    const float scale = 1.0f / sums[l];
    for (int64_t d = 0; d < query.head_dim; ++d) to[d] = from[d] * scale;
  }
}

}  // namespace hone
#endif  // HWY_ONCE
