// Row-wise float32 kernels on the CPU that only the learner needs: gradients of norm and gated activation, rotation both ways,
// softmax of the head (the forward of norm and activation is policy/kernels/row_ops.h, the generator's). Raw pointers, no torch; the
// instruction set is chosen at run time. Each output is a fixed-order function of its row, so rows may be split anywhere.
// Thread rule: pure functions; calls that write different memory may run at once.
#pragma once

#include <cstdint>

namespace hone {

/// d_x of rms_norm_rows; adds this block of rows to d_weight [width].
void rms_norm_backward_rows(const float* x, const float* weight, const float* inverse_rms, const float* d_y, int64_t rows,
                            int64_t width, float* d_x, float* d_weight);

/// Rotates pairs (j, j + dim / 2) of each of `heads` vectors a row by the row's angles, cosines and sines [rows, dim / 2];
/// `direction` 1 rotates, -1 rotates back. y may be x.
void rotate_rows(const float* x, const float* cosines, const float* sines, float direction, int64_t rows, int64_t heads,
                 int64_t dim, float* y);

/// Gradients of y = silu(gate) * up, element by element; d_gate may be d_y.
void swiglu_backward(const float* gate, const float* up, const float* d_y, int64_t n, float* d_gate, float* d_up);

struct SoftmaxStatistics {
  float log_sum_exp = 0.0f;
  float entropy = 0.0f;
  float maximum = 0.0f;  // largest logit
};

/// Of softmax(logits * inverse_temperature), n >= 1 logits.
SoftmaxStatistics softmax_statistics(const float* logits, int64_t n, float inverse_temperature);

/// Overwrites logits by d logits, where d_logprob is the gradient of log softmax(logits * inverse_temperature)[target].
void softmax_backward(float* logits, int64_t n, float inverse_temperature, float log_sum_exp, int64_t target, float d_logprob);

/// The same with the gradient d_entropy of the distribution's entropy beside it.
void softmax_entropy_backward(float* logits, int64_t n, float inverse_temperature, const SoftmaxStatistics& statistics, int64_t target,
                              float d_logprob, float d_entropy);

/// target += source.
void add_to(const float* source, int64_t n, float* target);

}  // namespace hone
