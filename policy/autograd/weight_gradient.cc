#include "policy/autograd/weight_gradient.h"

#include "policy/autograd/fixed_order.h"
#include "policy/autograd/row_kernels.h"

namespace hone {

WeightGradient weight_gradient(const at::Tensor& weight) {
  if (!weight.defined() || !weight.requires_grad()) return {};
  if (weight.is_leaf()) {
    const at::Tensor& held = weight.grad();
    if (held.defined() && held.is_contiguous() && held.sizes() == weight.sizes()) return {held, GemmStart::accumulate, {}};
    if (!held.defined()) {
      weight.mutable_grad() = at::empty_like(weight, at::MemoryFormat::Contiguous);
      return {weight.grad(), GemmStart::zero, {}};
    }
  }
  const at::Tensor own = at::empty_like(weight, at::MemoryFormat::Contiguous);
  return {own, GemmStart::zero, own};
}

WeightGradient zeroed_weight_gradient(const at::Tensor& weight) {
  WeightGradient gradient = weight_gradient(weight);
  if (gradient.sum.defined() && gradient.start == GemmStart::zero) gradient.sum.zero_();
  gradient.start = GemmStart::accumulate;
  return gradient;
}

at::Tensor add_weight_gradient(const at::Tensor& weight, const at::Tensor& d_y, const at::Tensor& x) {
  WeightGradient gradient = weight_gradient(weight);
  if (!gradient.sum.defined()) return {};
  fixed_order_product({weight.size(0), weight.size(1), x.size(0)}, columns_of(d_y), rows_of(x), std::nullopt, gradient.sum, gradient.start);
  return gradient.returned;
}

at::Tensor add_bias_gradient(const at::Tensor& bias, const at::Tensor& d_y) {
  WeightGradient gradient = zeroed_weight_gradient(bias);
  if (!gradient.sum.defined()) return {};
  const int64_t width = bias.numel();
  float* sum = gradient.sum.mutable_data_ptr<float>();
  for (int64_t row = 0; row < d_y.size(0); ++row) add_to(d_y.const_data_ptr<float>() + row * width, width, sum);
  return gradient.returned;
}

}  // namespace hone
