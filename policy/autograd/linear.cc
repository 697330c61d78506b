#include "policy/autograd/linear.h"

#include "policy/autograd/fixed_order.h"
#include "policy/autograd/function_support.h"
#include "policy/autograd/row_kernels.h"
#include "proto/base/error.h"

namespace hone {
namespace {

struct FixedOrderLinear : torch::autograd::Function<FixedOrderLinear> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x_in, const at::Tensor& weight_in,
                            const std::optional<at::Tensor>& bias) {
    const at::Tensor x = x_in.contiguous(), weight = weight_in.contiguous();
    at::Tensor y = at::empty({x.size(0), weight.size(0)}, x.options());
    fixed_order_product({x.size(0), weight.size(0), x.size(1)}, rows_of(x), columns_of(weight), bias, y);
    ctx->save_for_backward({x, weight});
    ctx->saved_data["has_bias"] = bias.has_value();
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], d_y = gradients[0].contiguous();
    const int64_t rows = x.size(0), in = weight.size(1), out = weight.size(0);
    at::Tensor d_x, d_weight, d_bias;
    if (ctx->needs_input_grad(0)) {
      d_x = at::empty_like(x);
      fixed_order_product({rows, in, out}, rows_of(d_y), rows_of(weight), std::nullopt, d_x);
    }
    if (ctx->needs_input_grad(1)) {
      d_weight = at::empty_like(weight);
      fixed_order_product({out, in, rows}, columns_of(d_y), rows_of(x), std::nullopt, d_weight);
    }
    if (ctx->saved_data["has_bias"].toBool()) {
      d_bias = at::zeros({out}, x.options());
      for (int64_t row = 0; row < rows; ++row) {
        add_to(d_y.const_data_ptr<float>() + row * out, out, d_bias.mutable_data_ptr<float>());
      }
    }
    return {d_x, d_weight, d_bias};
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, Numerics numerics) {
  if (numerics == Numerics::fast) return at::linear(x, weight, bias);
  HONE_CHECK(has_kernels(x), "exact numerics need float32 on the CPU");
  return FixedOrderLinear::apply(x, weight, bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt);
}

}  // namespace hone
