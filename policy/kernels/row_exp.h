// Exponentials of one row of logits: exp((x - max) * scale), summed in blocks.
//
// A block's sum adds in a fixed order of SIMD lanes in float32; block sums are kept in double, so that a sum over 150,000
// logits is as exact as one over 256 and an inverse CDF finds its block first. Thread rule: pure functions.
#pragma once

#include <cstdint>

namespace hone {

inline constexpr int64_t kExpBlock = 256;

/// Largest value; n >= 1.
float max_value(const float* x, int64_t n);

/// block_sums[b] = sum of exp((x[i] - max) * scale) over i in [b * kExpBlock, ...); ceil(n / kExpBlock) of them.
void exp_block_sums(const float* x, int64_t n, float max, float scale, double* block_sums);

/// out[i] = exp((x[i] - max) * scale); may work in place. The same bits as the terms of exp_block_sums.
void exp_values(const float* x, int64_t n, float max, float scale, float* out);

struct SoftmaxNumerators {
  float sum;  // of the numerators
  float max;  // of x
};

/// In place x[i] = exp((x[i] - max(x)) * scale), and their sum in float32: the soft-max of one row of attention scores.
SoftmaxNumerators softmax_numerators(float* x, int64_t n, float scale);

}  // namespace hone
