#include "rl/adamw_kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "rl/adamw_kernel.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace hone::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// The vectors' worth of elements at index i.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void update_at(D d, std::size_t i, T* p, const T* g, T* m, T* v, const AdamWCoefficients& c) {
  const auto scalar = [d](double value) HWY_ATTR { return hn::Set(d, static_cast<T>(value)); };
  const auto gradient = hn::Mul(hn::LoadU(d, g + i), scalar(c.gradient_scale));
  const auto old_mean = hn::LoadU(d, m + i);
  const auto mean = hn::Add(old_mean, hn::Mul(scalar(1.0 - c.beta1), hn::Sub(gradient, old_mean)));
  const auto square = hn::Add(hn::Mul(hn::LoadU(d, v + i), scalar(c.beta2)),
                              hn::Mul(hn::Mul(scalar(1.0 - c.beta2), gradient), gradient));
  const auto divisor = hn::Add(hn::Div(hn::Sqrt(square), scalar(c.root_correction)), scalar(c.epsilon));
  const auto decayed = hn::Mul(hn::LoadU(d, p + i), scalar(c.decay));
  hn::StoreU(mean, d, m + i);
  hn::StoreU(square, d, v + i);
  hn::StoreU(hn::Sub(decayed, hn::Mul(scalar(c.step_size), hn::Div(mean, divisor))), d, p + i);
}

template <class T>
HWY_INLINE void update(T* p, const T* g, T* m, T* v, std::size_t n, const AdamWCoefficients& c) {
  const hn::ScalableTag<T> all;
  const hn::CappedTag<T, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(all) <= n; i += hn::Lanes(all)) update_at(all, i, p, g, m, v, c);
  for (; i < n; ++i) update_at(one, i, p, g, m, v, c);
}

void update_float(float* p, const float* g, float* m, float* v, std::size_t n, const AdamWCoefficients& c) {
  update(p, g, m, v, n, c);
}

void update_double(double* p, const double* g, double* m, double* v, std::size_t n, const AdamWCoefficients& c) {
  update(p, g, m, v, n, c);
}

HWY_INLINE hn::Vec<hn::CappedTag<double, 4>> as_double(hn::CappedTag<double, 4> d, const float* from) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<float, decltype(d)>(), from));
}
HWY_INLINE hn::Vec<hn::CappedTag<double, 4>> as_double(hn::CappedTag<double, 4> d, const double* from) { return hn::LoadU(d, from); }

template <class T>
HWY_INLINE double squares(const T* values, std::size_t n) {
  const hn::CappedTag<double, 4> d;
  constexpr std::size_t kLanes = HWY_MIN(HWY_LANES(double), 4), kVectors = 4 / kLanes;
  hn::Vec<decltype(d)> chains[kVectors];
  for (std::size_t j = 0; j < kVectors; ++j) chains[j] = hn::Zero(d);
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (std::size_t j = 0; j < kVectors; ++j) {
      const auto x = as_double(d, values + i + j * kLanes);
      chains[j] = hn::Add(chains[j], hn::Mul(x, x));
    }
  }
  HWY_ALIGN double sums[4];
  for (std::size_t j = 0; j < kVectors; ++j) hn::Store(chains[j], d, sums + j * kLanes);
  for (; i < n; ++i) sums[i % 4] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

double squares_float(const float* values, std::size_t n) { return squares(values, n); }
double squares_double(const double* values, std::size_t n) { return squares(values, n); }

}  // namespace hone::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone {

HWY_EXPORT(update_float);
HWY_EXPORT(update_double);
HWY_EXPORT(squares_float);
HWY_EXPORT(squares_double);

double sum_of_squares(const float* values, std::size_t n) { return HWY_DYNAMIC_DISPATCH(squares_float)(values, n); }
double sum_of_squares(const double* values, std::size_t n) { return HWY_DYNAMIC_DISPATCH(squares_double)(values, n); }

void adamw_update(float* p, const float* g, float* m, float* v, std::size_t n, const AdamWCoefficients& c) {
  HWY_DYNAMIC_DISPATCH(update_float)(p, g, m, v, n, c);
}

void adamw_update(double* p, const double* g, double* m, double* v, std::size_t n, const AdamWCoefficients& c) {
  HWY_DYNAMIC_DISPATCH(update_double)(p, g, m, v, n, c);
}

}  // namespace hone
#endif
