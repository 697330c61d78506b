#include "policy/autograd/norm.h"

#include <algorithm>
#include <cstdint>

#include "policy/autograd/function_support.h"
#include "policy/autograd/row_kernels.h"
#include "policy/kernels/row_ops.h"

namespace hone {
namespace {

constexpr int64_t kBlockElements = 32768;  // rows of one partial sum of d_weight: a function of the shape alone

int64_t block_rows(int64_t width) { return std::max<int64_t>(1, kBlockElements / std::max<int64_t>(1, width)); }

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& input, const at::Tensor& weight, double eps) {
    const at::Tensor x = input.contiguous(), w = weight.contiguous();
    const NormedRows rows = normalised_rows(x, w, eps);
    ctx->save_for_backward({x, w, rows.inverse_rms});
    return rows.values;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const NormGradients d = norm_gradients(saved[0], saved[1], saved[2], gradients[0].contiguous());
    return {d.d_x, d.d_weight, at::Tensor()};
  }
};

}  // namespace

NormedRows normalised_rows(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const int64_t width = x.size(-1), rows = width > 0 ? x.numel() / width : 0, step = block_rows(width);
  at::Tensor y = at::empty_like(x), inverse = at::empty({rows}, x.options());
  parallel_tasks((rows + step - 1) / step, [&](int64_t task) {
    const int64_t row = task * step, count = std::min(step, rows - row);
    rms_norm_rows(x.const_data_ptr<float>() + row * width, weight.const_data_ptr<float>(), static_cast<float>(eps), count, width,
                  y.mutable_data_ptr<float>() + row * width, inverse.mutable_data_ptr<float>() + row);
  });
  return {y, inverse};
}

NormGradients norm_gradients(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& inverse_rms, const at::Tensor& d_y) {
  const int64_t width = x.size(-1), rows = inverse_rms.numel(), step = block_rows(width), tasks = (rows + step - 1) / step;
  at::Tensor d_x = at::empty_like(x), partial = at::zeros({tasks, width}, x.options());
  parallel_tasks(tasks, [&](int64_t task) {
    const int64_t row = task * step, count = std::min(step, rows - row);
    rms_norm_backward_rows(x.const_data_ptr<float>() + row * width, weight.const_data_ptr<float>(),
                           inverse_rms.const_data_ptr<float>() + row, d_y.const_data_ptr<float>() + row * width, count, width,
                           d_x.mutable_data_ptr<float>() + row * width, partial.mutable_data_ptr<float>() + task * width);
  });
  at::Tensor d_weight = at::zeros({width}, x.options());
  for (int64_t task = 0; task < tasks; ++task) {
    add_to(partial.const_data_ptr<float>() + task * width, width, d_weight.mutable_data_ptr<float>());
  }
  return {d_x, d_weight};
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return has_kernels(x) ? RmsNorm::apply(x, weight, eps) : plain_rms_norm(x, weight, eps);
}

at::Tensor plain_rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return x * at::rsqrt(at::mean(x * x, {-1}, true) + eps) * weight;
}

}  // namespace hone
