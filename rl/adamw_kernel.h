// The inner loops of AdamW: one pass over parameter, gradient and both moments; the sum of squares for the norm. No torch.
// SIMD by Highway, chosen at run time; no fused multiply-add and no sum across elements, so every instruction set gives
// the same bits.
//
// Thread rule: pure functions on disjoint ranges.
#pragma once

#include <cstddef>

namespace hone {

/// The scalars of step t, computed in double.
struct AdamWCoefficients {
  double decay = 1.0;  // 1 - lr * weight_decay
  double beta1 = 0.9;
  double beta2 = 0.999;
  double step_size = 0.0;        // lr / (1 - beta1^t)
  double root_correction = 1.0;  // sqrt(1 - beta2^t)
  double epsilon = 1e-8;
  double gradient_scale = 1.0;  // g is what is read times this
};

/// For n elements: m += (1 - beta1)(g - m); v = beta2 v + (1 - beta2) g^2;
/// p = decay p - step_size m / (sqrt(v) / root_correction + epsilon).
void adamw_update(float* p, const float* g, float* m, float* v, std::size_t n, const AdamWCoefficients& c);
void adamw_update(double* p, const double* g, double* m, double* v, std::size_t n, const AdamWCoefficients& c);

/// In double: element i goes to sum i % 4, and the result is (s0 + s1) + (s2 + s3).
double sum_of_squares(const float* values, std::size_t n);
double sum_of_squares(const double* values, std::size_t n);

}  // namespace hone
