#include "policy/autograd/row_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "policy/autograd/row_kernels.cc"
#include <hwy/foreach_target.h>  // compiles this file once per instruction set
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace hone {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::CappedTag<float, 16>;
using Vector = hn::Vec<FloatTag>;

constexpr int64_t kSumBlock = 4096;  // a long row's sum goes to double after this many terms

HWY_INLINE int64_t lanes() { return static_cast<int64_t>(hn::Lanes(FloatTag())); }

/// Loads min(n, lanes) values, zeros after them.
HWY_INLINE Vector load(const float* from, int64_t n) {
  const FloatTag tag;
  if (HWY_LIKELY(n >= lanes())) return hn::LoadU(tag, from);
  HWY_ALIGN float padded[16] = {};
  std::memcpy(padded, from, static_cast<std::size_t>(n) * sizeof(float));
  return hn::Load(tag, padded);
}

HWY_INLINE void store(Vector value, float* to, int64_t n) {
  const FloatTag tag;
  if (HWY_LIKELY(n >= lanes())) return hn::StoreU(value, tag, to);
  HWY_ALIGN float padded[16];
  hn::Store(value, tag, padded);
  std::memcpy(to, padded, static_cast<std::size_t>(n) * sizeof(float));
}

HWY_INLINE float sum_of(Vector v) { return hn::GetLane(hn::SumOfLanes(FloatTag(), v)); }

/// Sum of term(j, count) over vectors that begin at j, in a fixed order.
template <class Term>
HWY_INLINE float sum_terms(int64_t n, const Term& term) {
  auto even = hn::Zero(FloatTag()), odd = even;
  int64_t j = 0;
  for (; j + lanes() < n; j += 2 * lanes()) {
    even = hn::Add(even, term(j, n - j));
    odd = hn::Add(odd, term(j + lanes(), n - j - lanes()));
  }
  if (j < n) even = hn::Add(even, term(j, n - j));
  return sum_of(hn::Add(even, odd));
}

void norm_backward(const float* x, const float* weight, const float* inverse_rms, const float* d_y, int64_t rows, int64_t width,
                   float* d_x, float* d_weight) {
  for (int64_t i = 0; i < rows; ++i, x += width, d_y += width, d_x += width) {
    const float products = sum_terms(width, [&](int64_t j, int64_t n) HWY_ATTR {
      return hn::Mul(hn::Mul(load(d_y + j, n), load(weight + j, n)), load(x + j, n));
    });
    const auto inverse = hn::Set(FloatTag(), inverse_rms[i]);
    const auto mean = hn::Set(FloatTag(), products * inverse_rms[i] * inverse_rms[i] / static_cast<float>(width));
    for (int64_t j = 0; j < width; j += lanes()) {
      const int64_t n = width - j;
      const auto values = load(x + j, n), gradients = load(d_y + j, n);
      const auto weighted = hn::Mul(gradients, load(weight + j, n));
      store(hn::Mul(inverse, hn::NegMulAdd(values, mean, weighted)), d_x + j, n);
      store(hn::MulAdd(gradients, hn::Mul(values, inverse), load(d_weight + j, n)), d_weight + j, n);
    }
  }
}

void rotate(const float* x, const float* cosines, const float* sines, float direction, int64_t rows, int64_t heads, int64_t dim,
            float* y) {
  const int64_t half = dim / 2;
  const auto sign = hn::Set(FloatTag(), direction);
  for (int64_t i = 0; i < rows; ++i, cosines += half, sines += half) {
    for (int64_t h = 0; h < heads; ++h, x += dim, y += dim) {
      for (int64_t j = 0; j < half; j += lanes()) {
        const int64_t n = half - j;
        const auto c = load(cosines + j, n), s = hn::Mul(sign, load(sines + j, n));
        const auto first = load(x + j, n), second = load(x + half + j, n);
        store(hn::Sub(hn::Mul(first, c), hn::Mul(second, s)), y + j, n);
        store(hn::Add(hn::Mul(second, c), hn::Mul(first, s)), y + half + j, n);
      }
    }
  }
}

HWY_INLINE Vector sigmoid(Vector v) {
  const FloatTag tag;
  const auto one = hn::Set(tag, 1.0f);
  return hn::Div(one, hn::Add(one, hn::Exp(tag, hn::Neg(hn::Max(v, hn::Set(tag, -80.0f))))));
}

void gate_backward(const float* gate, const float* up, const float* d_y, int64_t n, float* d_gate, float* d_up) {
  const auto one = hn::Set(FloatTag(), 1.0f);
  for (int64_t j = 0; j < n; j += lanes()) {
    const auto g = load(gate + j, n - j), d = load(d_y + j, n - j), s = sigmoid(g);
    store(hn::Mul(d, hn::Mul(g, s)), d_up + j, n - j);
    const auto slope = hn::Mul(s, hn::MulAdd(g, hn::Sub(one, s), one));
    store(hn::Mul(hn::Mul(d, load(up + j, n - j)), slope), d_gate + j, n - j);
  }
}

float maximum_of(const float* row, int64_t n) {
  float best = row[0];
  const int64_t whole = n / lanes() * lanes();
  if (whole > 0) {
    auto bests = hn::LoadU(FloatTag(), row);
    for (int64_t j = lanes(); j < whole; j += lanes()) bests = hn::Max(bests, hn::LoadU(FloatTag(), row + j));
    best = hn::GetLane(hn::MaxOfLanes(FloatTag(), bests));
  }
  for (int64_t j = whole; j < n; ++j) best = std::max(best, row[j]);
  return best;
}

void statistics(const float* logits, int64_t n, float inverse_temperature, SoftmaxStatistics* result) {
  const FloatTag tag;
  const float shift = maximum_of(logits, n);
  const auto shifts = hn::Set(tag, shift), factor = hn::Set(tag, inverse_temperature);
  double sum = 0.0, weighted = 0.0;  // of exp(z) and z exp(z), z = (logit - max) / temperature
  for (int64_t begin = 0; begin < n; begin += kSumBlock) {
    auto sums = hn::Zero(tag), products = sums;
    for (int64_t j = begin; j < std::min(n, begin + kSumBlock); j += lanes()) {
      const auto z = hn::Mul(hn::Sub(load(logits + j, n - j), shifts), factor);
      auto e = hn::Exp(tag, z);
      if (n - j < lanes()) e = hn::IfThenElseZero(hn::FirstN(tag, static_cast<std::size_t>(n - j)), e);
      sums = hn::Add(sums, e);
      products = hn::MulAdd(z, e, products);
    }
    sum += sum_of(sums);
    weighted += sum_of(products);
  }
  result->log_sum_exp = static_cast<float>(static_cast<double>(shift) * inverse_temperature + std::log(sum));
  result->entropy = static_cast<float>(std::log(sum) - weighted / sum);
}

void softmax_gradient(float* logits, int64_t n, float inverse_temperature, float log_sum_exp, int64_t target, float d_logprob) {
  const FloatTag tag;
  const auto factor = hn::Set(tag, inverse_temperature), shift = hn::Set(tag, log_sum_exp);
  const float slope = d_logprob * inverse_temperature;
  const auto slopes = hn::Set(tag, -slope);
  for (int64_t j = 0; j < n; j += lanes()) {
    const auto p = hn::Exp(tag, hn::MulSub(load(logits + j, n - j), factor, shift));
    store(hn::Mul(slopes, p), logits + j, n - j);
  }
  logits[target] += slope;
}

/// d entropy / d z_j = -p_j (log p_j + entropy), z = logits / temperature.
void softmax_entropy_gradient(float* logits, int64_t n, float inverse_temperature, const SoftmaxStatistics& s, int64_t target,
                              float d_logprob, float d_entropy) {
  const FloatTag tag;
  const auto factor = hn::Set(tag, inverse_temperature), shift = hn::Set(tag, s.log_sum_exp), entropy = hn::Set(tag, s.entropy);
  const float slope = d_logprob * inverse_temperature;
  const auto slopes = hn::Set(tag, -slope), entropy_slopes = hn::Set(tag, -d_entropy * inverse_temperature);
  for (int64_t j = 0; j < n; j += lanes()) {
    const auto log_p = hn::MulSub(load(logits + j, n - j), factor, shift);
    const auto of_entropy = hn::MulAdd(entropy_slopes, hn::Add(log_p, entropy), slopes);
    store(hn::Mul(hn::Exp(tag, log_p), of_entropy), logits + j, n - j);
  }
  logits[target] += slope;
}

void accumulate(const float* source, int64_t n, float* target) {
  for (int64_t j = 0; j < n; j += lanes()) store(hn::Add(load(target + j, n - j), load(source + j, n - j)), target + j, n - j);
}

}  // namespace HWY_NAMESPACE
}  // namespace hone
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone {

HWY_EXPORT(norm_backward);
HWY_EXPORT(rotate);
HWY_EXPORT(gate_backward);
HWY_EXPORT(statistics);
HWY_EXPORT(softmax_gradient);
HWY_EXPORT(softmax_entropy_gradient);
HWY_EXPORT(accumulate);

void rms_norm_backward_rows(const float* x, const float* weight, const float* inverse_rms, const float* d_y, int64_t rows,
                            int64_t width, float* d_x, float* d_weight) {
  HWY_DYNAMIC_DISPATCH(norm_backward)(x, weight, inverse_rms, d_y, rows, width, d_x, d_weight);
}

void rotate_rows(const float* x, const float* cosines, const float* sines, float direction, int64_t rows, int64_t heads,
                 int64_t dim, float* y) {
  HWY_DYNAMIC_DISPATCH(rotate)(x, cosines, sines, direction, rows, heads, dim, y);
}

void swiglu_backward(const float* gate, const float* up, const float* d_y, int64_t n, float* d_gate, float* d_up) {
  HWY_DYNAMIC_DISPATCH(gate_backward)(gate, up, d_y, n, d_gate, d_up);
}

SoftmaxStatistics softmax_statistics(const float* logits, int64_t n, float inverse_temperature) {
  SoftmaxStatistics result;
  HWY_DYNAMIC_DISPATCH(statistics)(logits, n, inverse_temperature, &result);
  return result;
}

void softmax_backward(float* logits, int64_t n, float inverse_temperature, float log_sum_exp, int64_t target, float d_logprob) {
  HWY_DYNAMIC_DISPATCH(softmax_gradient)(logits, n, inverse_temperature, log_sum_exp, target, d_logprob);
}

void softmax_entropy_backward(float* logits, int64_t n, float inverse_temperature, const SoftmaxStatistics& statistics, int64_t target,
                              float d_logprob, float d_entropy) {
  HWY_DYNAMIC_DISPATCH(softmax_entropy_gradient)(logits, n, inverse_temperature, statistics, target, d_logprob, d_entropy);
}

void add_to(const float* source, int64_t n, float* target) { HWY_DYNAMIC_DISPATCH(accumulate)(source, n, target); }

}  // namespace hone
#endif
