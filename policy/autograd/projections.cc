#include "policy/autograd/projections.h"

#include <optional>

#include "policy/autograd/fixed_order.h"
#include "policy/autograd/function_support.h"
#include "policy/autograd/gate.h"
#include "policy/autograd/norm.h"
#include "policy/autograd/weight_gradient.h"
#include "policy/kernels/row_ops.h"
#include "proto/base/error.h"

namespace hone {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using MaybeTensor = std::optional<at::Tensor>;

constexpr int64_t kAddBlock = 16384;

MaybeTensor maybe(const at::Tensor& tensor) { return tensor.defined() ? MaybeTensor(tensor) : std::nullopt; }

/// x W^T + b
at::Tensor project(const at::Tensor& x, const at::Tensor& weight, const MaybeTensor& bias) {
  at::Tensor y = at::empty({x.size(0), weight.size(0)}, x.options());
  fixed_order_product({x.size(0), weight.size(0), x.size(1)}, rows_of(x), columns_of(weight), bias, y);
  return y;
}

/// d_x (+)= d_y W
void add_input_gradient(const at::Tensor& d_y, const at::Tensor& weight, at::Tensor& d_x, GemmStart start) {
  fixed_order_product({d_y.size(0), weight.size(1), weight.size(0)}, rows_of(d_y), rows_of(weight), std::nullopt, d_x, start);
}

at::Tensor input_gradient(const at::Tensor& d_y, const at::Tensor& weight) {
  at::Tensor d_x = at::empty({d_y.size(0), weight.size(1)}, d_y.options());
  add_input_gradient(d_y, weight, d_x, GemmStart::zero);
  return d_x;
}

/// y += residual, which has the bits of residual + y.
void add_residual(at::Tensor& y, const at::Tensor& residual) {
  float* sum = y.mutable_data_ptr<float>();
  const float* added = residual.const_data_ptr<float>();
  parallel_blocks(y.numel(), kAddBlock, [=](int64_t begin, int64_t end) { add_in_place(sum + begin, added + begin, end - begin); });
}

struct NormedProjections : torch::autograd::Function<NormedProjections> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& x_in, const at::Tensor& norm_in, const at::Tensor& w0,
                               const MaybeTensor& b0, const at::Tensor& w1, const MaybeTensor& b1, const MaybeTensor& w2,
                               const MaybeTensor& b2, double eps) {
    const at::Tensor x = x_in.contiguous(), norm = norm_in.contiguous();
    const NormedRows rows = normalised_rows(x, norm, eps);
    variable_list outputs{project(rows.values, w0, b0), project(rows.values, w1, b1)};
    if (w2) outputs.push_back(project(rows.values, *w2, b2));
    const auto plain = [](const MaybeTensor& t) { return t.value_or(at::Tensor()); };
    ctx->save_for_backward({x, norm, rows.inverse_rms, w0, plain(b0), w1, plain(b1), plain(w2), plain(b2)});
    ctx->saved_data["eps"] = eps;
    return outputs;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &x = saved[0], &norm = saved[1], &inverse_rms = saved[2];
    const at::Tensor h = normalised_rows(x, norm, ctx->saved_data["eps"].toDouble()).values;
    at::Tensor d_h = at::empty_like(h);
    variable_list result(9);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const at::Tensor &weight = saved[3 + 2 * i], &bias = saved[4 + 2 * i], d_y = gradients[i].contiguous();
      add_input_gradient(d_y, weight, d_h, i == 0 ? GemmStart::zero : GemmStart::accumulate);
      result[2 + 2 * i] = add_weight_gradient(weight, d_y, h);
      result[3 + 2 * i] = add_bias_gradient(bias, d_y);
      gradients[i].reset();
    }
    const NormGradients of_norm = norm_gradients(x, norm, inverse_rms, d_h);
    result[0] = of_norm.d_x;
    result[1] = of_norm.d_weight;
    return result;
  }
};

struct ResidualProjection : torch::autograd::Function<ResidualProjection> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& residual, const at::Tensor& x_in, const at::Tensor& weight,
                            const MaybeTensor& bias) {
    const at::Tensor x = x_in.contiguous();
    at::Tensor y = project(x, weight, bias);
    add_residual(y, residual.contiguous());
    ctx->save_for_backward({x, weight, bias.value_or(at::Tensor())});
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &bias = saved[2], d_y = gradients[0].contiguous();
    return {gradients[0], input_gradient(d_y, weight), add_weight_gradient(weight, d_y, x), add_bias_gradient(bias, d_y)};
  }
};

struct GatedProjection : torch::autograd::Function<GatedProjection> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& residual, const at::Tensor& gate_in, const at::Tensor& up_in,
                            const at::Tensor& weight, const MaybeTensor& bias) {
    const at::Tensor gate = gate_in.contiguous(), up = up_in.contiguous();
    at::Tensor y = project(gated_values(gate, up), weight, bias);
    add_residual(y, residual.contiguous());
    ctx->save_for_backward({gate, up, weight, bias.value_or(at::Tensor())});
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &gate = saved[0], &up = saved[1], &weight = saved[2], &bias = saved[3], d_y = gradients[0].contiguous();
    variable_list result(5);
    result[0] = gradients[0];
    result[3] = add_weight_gradient(weight, d_y, gated_values(gate, up));
    result[4] = add_bias_gradient(bias, d_y);
    GateGradients of_gate = gate_gradients(gate, up, input_gradient(d_y, weight));
    result[1] = of_gate.d_gate;
    result[2] = of_gate.d_up;
    return result;
  }
};

void require_kernels(const at::Tensor& x) { HONE_CHECK(has_kernels(x), "exact numerics need float32 on the CPU"); }

}  // namespace

std::vector<at::Tensor> normed_projections(const at::Tensor& x, const at::Tensor& norm, double eps, std::span<const Projection> projections,
                                           Numerics numerics) {
  if (numerics == Numerics::fast) {
    const at::Tensor h = rms_norm(x, norm, eps);
    std::vector<at::Tensor> outputs;
    for (const Projection& p : projections) outputs.push_back(at::linear(h, p.weight, p.bias));
    return outputs;
  }
  require_kernels(x);
  HONE_CHECK(projections.size() == 2 || projections.size() == 3, "two or three projections of one input");
  const Projection none, &last = projections.size() == 3 ? projections[2] : none;
  return NormedProjections::apply(x, norm, projections[0].weight, maybe(projections[0].bias), projections[1].weight,
                                  maybe(projections[1].bias), maybe(last.weight), maybe(last.bias), eps);
}

at::Tensor residual_projection(const at::Tensor& residual, const at::Tensor& x, const Projection& p, Numerics numerics) {
  if (numerics == Numerics::fast) return residual + at::linear(x, p.weight, p.bias);
  require_kernels(x);
  return ResidualProjection::apply(residual, x, p.weight, maybe(p.bias));
}

at::Tensor gated_projection(const at::Tensor& residual, const at::Tensor& gate, const at::Tensor& up, const Projection& p,
                            Numerics numerics) {
  if (numerics == Numerics::fast) return residual + at::linear(gated_activation(gate, up), p.weight, p.bias);
  require_kernels(gate);
  return GatedProjection::apply(residual, gate, up, p.weight, maybe(p.bias));
}

}  // namespace hone
