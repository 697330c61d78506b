// What happens to one row between the matrix products: residual add, RMSNorm, rotary embedding, SwiGLU.
//
// Reductions add in a fixed order of SIMD lanes, so a row's bits depend on that row only (and on the instruction set).
// RMSNorm: Zhang and Sennrich 2019, arXiv:1910.07467. RoPE in the half-split form: Su et al. 2021, arXiv:2104.09864.
// SwiGLU: Shazeer 2020, arXiv:2002.05202.
// Thread rule: pure functions on the memory given.
#pragma once

#include <cstdint>

namespace hone {

/// For each row: x += delta (null: nothing), out = x / sqrt(mean(x^2) + eps) * weight. Rows are dense, [rows, width].
void add_rms_norm(float* x, const float* delta, const float* weight, float eps, int64_t rows, int64_t width, float* out);

/// The norm alone, with 1 / sqrt(mean(x^2) + eps) of each row in inverse_rms [rows].
void rms_norm_rows(const float* x, const float* weight, float eps, int64_t rows, int64_t width, float* out, float* inverse_rms);

/// x += delta over n floats.
void add_in_place(float* x, const float* delta, int64_t n);

/// Rotates `heads` consecutive heads of one row in place, after an RMSNorm over each head where norm_weight is not null:
/// (a, b) -> (a cos - b sin, b cos + a sin) with a the first and b the second half; cos and sin hold head_dim / 2 values.
void rotate_heads(float* row, int64_t heads, int64_t head_dim, const float* norm_weight, float eps, const float* cos, const float* sin);

/// For each row of gate_up [rows, 2 width] = [gate | up]: out [rows, width] = gate / (1 + exp(-gate)) * up.
void swiglu(const float* gate_up, int64_t rows, int64_t width, float* out);

/// The same over n elements of two arrays.
void swiglu_elements(const float* gate, const float* up, int64_t n, float* out);

}  // namespace hone
