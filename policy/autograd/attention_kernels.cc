#include "policy/autograd/attention_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "policy/kernels/work_count.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "policy/autograd/attention_kernels.cc"
#include <hwy/foreach_target.h>  // compiles this file once per instruction set
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include "policy/autograd/block_multiply-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone {
namespace HWY_NAMESPACE {

constexpr int64_t kKeyBlock = 64;
constexpr int64_t kQueryBlock = 32;
static_assert(kAttentionTaskRows == kKeyBlock, "a task sees whole blocks of its own segment, and the one its rows stand in");

struct KeyBlock {
  int64_t begin = 0, end = 0;  // rows of k and v
  bool prefix = false;         // seen by every row of the segment

  int64_t size() const { return end - begin; }
  int64_t visible_to(int64_t row) const { return prefix ? size() : std::min(size(), row - begin + 1); }
};

/// Calls visit(block) for the prefix's blocks, then for the segment's own up to row `own_end`.
template <class Visit>
void for_each_key_block(const PackedBatch::Segment& segment, int64_t own_end, const Visit& visit) {
  for (int64_t begin = segment.prefix_begin; begin < segment.prefix_end; begin += kKeyBlock) {
    visit(KeyBlock{begin, std::min(begin + kKeyBlock, segment.prefix_end), true});
  }
  for (int64_t begin = segment.begin; begin < own_end; begin += kKeyBlock) {
    visit(KeyBlock{begin, std::min(begin + kKeyBlock, segment.end), false});
  }
}

int64_t padded(int64_t n) { return (n + kColumnMultiple - 1) / kColumnMultiple * kColumnMultiple; }

/// target [rows, padded(columns)] = factor * source, zeros in the padding.
void pack_rows(const float* source, int64_t stride, int64_t rows, int64_t columns, float factor, float* target) {
  const int64_t width = padded(columns);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) target[i * width + j] = factor * source[i * stride + j];
    for (int64_t j = columns; j < width; ++j) target[i * width + j] = 0.0f;
  }
}

/// target [columns, kKeyBlock] = source transposed, zeros after `rows`.
void pack_transposed(const float* source, int64_t stride, int64_t rows, int64_t columns, float* target) {
  for (int64_t j0 = 0; j0 < columns; j0 += 16) {
    const int64_t j1 = std::min(j0 + 16, columns);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = j0; j < j1; ++j) target[j * kKeyBlock + i] = source[i * stride + j];
    }
  }
  for (int64_t j = 0; j < columns; ++j) std::fill(target + j * kKeyBlock + rows, target + (j + 1) * kKeyBlock, 0.0f);
}

float row_max(const float* row, int64_t n) {
  const FloatTag tag;
  auto best = hn::LoadU(tag, row);
  for (int64_t j = static_cast<int64_t>(hn::Lanes(tag)); j < n; j += static_cast<int64_t>(hn::Lanes(tag))) {
    best = hn::Max(best, hn::LoadU(tag, row + j));
  }
  return hn::GetLane(hn::MaxOfLanes(tag, best));
}

/// row = exp(row - shift); returns the sum.
float exponentiate(float* row, int64_t n, float shift) {
  const FloatTag tag;
  const auto shifts = hn::Set(tag, shift);
  auto sums = hn::Zero(tag);
  for (int64_t j = 0; j < n; j += static_cast<int64_t>(hn::Lanes(tag))) {
    const auto values = hn::Exp(tag, hn::Sub(hn::LoadU(tag, row + j), shifts));
    hn::StoreU(values, tag, row + j);
    sums = hn::Add(sums, values);
  }
  return hn::GetLane(hn::SumOfLanes(tag, sums));
}

void scale_row(float* row, int64_t n, float factor) {
  const FloatTag tag;
  const auto factors = hn::Set(tag, factor);
  for (int64_t j = 0; j < n; j += static_cast<int64_t>(hn::Lanes(tag))) {
    hn::StoreU(hn::Mul(factors, hn::LoadU(tag, row + j)), tag, row + j);
  }
}

/// The running softmax of one row meets a block of scores: scores become exp(score - max), the row's sums are rescaled.
void online_softmax(float* scores, int64_t visible, int64_t n, float* maximum, float* sum, float* values, int64_t width) {
  std::fill(scores + visible, scores + n, -std::numeric_limits<float>::infinity());
  const float best = std::max(*maximum, row_max(scores, n));
  if (best > *maximum) {
    const float correction = std::exp(*maximum - best);
    *sum *= correction;
    scale_row(values, width, correction);
    *maximum = best;
  }
  *sum += exponentiate(scores, n, best);
}

void forward(const AttentionShape& shape, const AttentionTensors& t, const PackedBatch::Segment& segment, int64_t row_begin,
             int64_t row_end, int64_t kv_head) {
  const int64_t dim = shape.head_dim, width = padded(dim), rows = row_end - row_begin;
  const int64_t group = shape.heads / shape.kv_heads, q_stride = shape.heads * dim, kv_stride = shape.kv_heads * dim;
  std::vector<float> queries(group * rows * width), values(group * rows * width, 0.0f);
  std::vector<float> maxima(group * rows, -std::numeric_limits<float>::infinity()), sums(group * rows, 0.0f);
  std::vector<float> keys_t(dim * kKeyBlock), block_v(kKeyBlock * width), scores(kQueryBlock * kKeyBlock);
  const int64_t q_offset = row_begin * q_stride + kv_head * group * dim;
  for (int64_t g = 0; g < group; ++g) {
    pack_rows(t.q + q_offset + g * dim, q_stride, rows, dim, shape.scale, queries.data() + g * rows * width);
  }
  for_each_key_block(segment, row_end, [&](const KeyBlock& block) {
    pack_transposed(t.k + block.begin * kv_stride + kv_head * dim, kv_stride, block.size(), dim, keys_t.data());
    pack_rows(t.v + block.begin * kv_stride + kv_head * dim, kv_stride, block.size(), dim, 1.0f, block_v.data());
    for (int64_t first = 0; first < group * rows; first += kQueryBlock) {
      // A block of queries may span two query heads: the row of query i is row_begin + i % rows.
      const int64_t count = std::min(kQueryBlock, group * rows - first);
      const bool spans = first / rows != (first + count - 1) / rows;
      const int64_t last_row = row_begin + (spans ? rows - 1 : (first + count - 1) % rows);
      const int64_t visible = block.visible_to(last_row), columns = padded(visible);
      multiply<false>(count, columns, dim, {queries.data() + first * width, width, 1}, keys_t.data(), kKeyBlock, scores.data(),
                      kKeyBlock);
      for (int64_t i = 0; i < count; ++i) {
        const int64_t query = first + i;
        online_softmax(scores.data() + i * kKeyBlock, block.visible_to(row_begin + query % rows), columns, &maxima[query],
                       &sums[query], values.data() + query * width, width);
      }
      multiply<true>(count, width, visible, {scores.data(), kKeyBlock, 1}, block_v.data(), width,
                     values.data() + first * width, width);
    }
  });
  for (int64_t query = 0; query < group * rows; ++query) {
    const int64_t g = query / rows, i = query % rows;
    const float inverse = 1.0f / sums[query];
    float* out = t.out + q_offset + i * q_stride + g * dim;
    for (int64_t j = 0; j < dim; ++j) out[j] = values[query * width + j] * inverse;
    t.lse[(row_begin + i) * shape.heads + kv_head * group + g] = maxima[query] + std::log(sums[query]);
  }
}

/// probabilities = exp(scores - lse) where visible, 0 elsewhere; d_scores = probabilities * (d_scores - delta).
void softmax_gradient(float* scores, float* d_scores, int64_t visible, int64_t n, float lse, float delta) {
  const FloatTag tag;
  exponentiate(scores, n, lse);
  std::fill(scores + visible, scores + n, 0.0f);
  const auto deltas = hn::Set(tag, delta);
  for (int64_t j = 0; j < n; j += static_cast<int64_t>(hn::Lanes(tag))) {
    const auto p = hn::LoadU(tag, scores + j);
    hn::StoreU(hn::Mul(p, hn::Sub(hn::LoadU(tag, d_scores + j), deltas)), tag, d_scores + j);
  }
}

/// One segment and kv head. Key blocks outside, blocks of queries inside; a key block's gradients stay in local sums.
struct BackwardTask {
  const AttentionShape& shape;
  const AttentionTensors& t;
  const AttentionGradients& d;
  const PackedBatch::Segment& segment;
  const int64_t kv_head;
  const int64_t dim = shape.head_dim, width = padded(dim);
  const int64_t group = shape.heads / shape.kv_heads, q_stride = shape.heads * dim, kv_stride = shape.kv_heads * dim;
  std::vector<float> deltas;
  std::vector<float> keys = std::vector<float>(kKeyBlock * width), d_keys = keys, d_values = keys;
  std::vector<float> keys_t = std::vector<float>(dim * kKeyBlock), values_t = keys_t;
  std::vector<float> queries = std::vector<float>(kQueryBlock * width), d_outs = queries, d_queries = queries;
  std::vector<float> scores = std::vector<float>(kQueryBlock * kKeyBlock), d_scores = scores;

  int64_t q_index(int64_t row, int64_t g) const { return row * q_stride + (kv_head * group + g) * dim; }

  void run() {
    const int64_t rows = segment.end - segment.begin;
    deltas.resize(static_cast<std::size_t>(group * rows));
    for (int64_t g = 0; g < group; ++g) {
      for (int64_t i = 0; i < rows; ++i) deltas[g * rows + i] = dot(q_index(segment.begin + i, g));
    }
    for_each_key_block(segment, segment.end, [&](const KeyBlock& block) { key_block(block); });
  }

  float dot(int64_t offset) const {
    float sum = 0.0f;
    for (int64_t j = 0; j < dim; ++j) sum += t.out[offset + j] * d.d_out[offset + j];
    return sum;
  }

  void key_block(const KeyBlock& block) {
    const int64_t kv_offset = block.begin * kv_stride + kv_head * dim;
    pack_rows(t.k + kv_offset, kv_stride, block.size(), dim, 1.0f, keys.data());
    pack_transposed(t.k + kv_offset, kv_stride, block.size(), dim, keys_t.data());
    pack_transposed(t.v + kv_offset, kv_stride, block.size(), dim, values_t.data());
    std::fill(d_keys.begin(), d_keys.end(), 0.0f);
    std::fill(d_values.begin(), d_values.end(), 0.0f);
    for (int64_t g = 0; g < group; ++g) {
      for (int64_t row = block.prefix ? segment.begin : block.begin; row < segment.end; row += kQueryBlock) {
        query_block(block, g, row, std::min(row + kQueryBlock, segment.end));
      }
    }
    const int64_t prefix_row = block.begin - segment.prefix_begin;
    const int64_t stride = block.prefix ? d.prefix_stride : kv_stride;
    float* d_k = block.prefix ? d.prefix_d_k + prefix_row * stride : d.d_k + kv_offset;
    float* d_v = block.prefix ? d.prefix_d_v + prefix_row * stride : d.d_v + kv_offset;
    add_rows(d_keys.data(), block.size(), 1.0f, d_k, stride);
    add_rows(d_values.data(), block.size(), 1.0f, d_v, stride);
  }

  void query_block(const KeyBlock& block, int64_t g, int64_t row, int64_t end) {
    const int64_t count = end - row, visible = block.visible_to(end - 1), columns = padded(visible);
    pack_rows(t.q + q_index(row, g), q_stride, count, dim, shape.scale, queries.data());
    pack_rows(d.d_out + q_index(row, g), q_stride, count, dim, 1.0f, d_outs.data());
    multiply<false>(count, columns, dim, {queries.data(), width, 1}, keys_t.data(), kKeyBlock, scores.data(), kKeyBlock);
    multiply<false>(count, columns, dim, {d_outs.data(), width, 1}, values_t.data(), kKeyBlock, d_scores.data(), kKeyBlock);
    for (int64_t i = 0; i < count; ++i) {
      const float lse = t.lse[(row + i) * shape.heads + kv_head * group + g];
      const float delta = deltas[g * (segment.end - segment.begin) + row + i - segment.begin];
      softmax_gradient(scores.data() + i * kKeyBlock, d_scores.data() + i * kKeyBlock, block.visible_to(row + i), columns, lse,
                       delta);
    }
    multiply<false>(count, width, visible, {d_scores.data(), kKeyBlock, 1}, keys.data(), width, d_queries.data(), width);
    multiply<true>(visible, width, count, {d_scores.data(), 1, kKeyBlock}, queries.data(), width, d_keys.data(), width);
    multiply<true>(visible, width, count, {scores.data(), 1, kKeyBlock}, d_outs.data(), width, d_values.data(), width);
    add_rows(d_queries.data(), count, shape.scale, d.d_q + q_index(row, g), q_stride);
  }

  void add_rows(const float* source, int64_t rows, float factor, float* target, int64_t stride) const {
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < dim; ++j) target[i * stride + j] += factor * source[i * width + j];
    }
  }
};

void backward(const AttentionShape& shape, const AttentionTensors& tensors, const AttentionGradients& gradients,
              const PackedBatch::Segment& segment, int64_t kv_head) {
  BackwardTask{shape, tensors, gradients, segment, kv_head}.run();
}

}  // namespace HWY_NAMESPACE
}  // namespace hone
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone {

HWY_EXPORT(forward);
HWY_EXPORT(backward);

void attention_forward(const AttentionShape& shape, const AttentionTensors& tensors, const PackedBatch::Segment& segment,
                       int64_t row_begin, int64_t row_end, int64_t kv_head) {
  const int64_t first_visible = segment.prefix_end - segment.prefix_begin + row_begin - segment.begin + 1;
  count_work(visible_pairs(row_end - row_begin, first_visible) * shape.heads / shape.kv_heads * shape.head_dim * 2);  // scores, values
  HWY_DYNAMIC_DISPATCH(forward)(shape, tensors, segment, row_begin, row_end, kv_head);
}

void attention_backward(const AttentionShape& shape, const AttentionTensors& tensors, const AttentionGradients& gradients,
                        const PackedBatch::Segment& segment, int64_t kv_head) {
  const int64_t pairs = visible_pairs(segment.end - segment.begin, segment.prefix_end - segment.prefix_begin + 1);
  count_work(pairs * shape.heads / shape.kv_heads * shape.head_dim * 5);  // scores again; gradients of values, weights, queries, keys
  HWY_DYNAMIC_DISPATCH(backward)(shape, tensors, gradients, segment, kv_head);
}

}  // namespace hone
#endif
