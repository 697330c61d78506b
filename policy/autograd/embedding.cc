#include "policy/autograd/embedding.h"

#include <cstring>

#include "policy/autograd/function_support.h"
#include "policy/autograd/row_kernels.h"
#include "policy/autograd/weight_gradient.h"

namespace hone {
namespace {

struct Embedding : torch::autograd::Function<Embedding> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& weight_in, const at::Tensor& ids) {
    const at::Tensor weight = weight_in.contiguous();
    const int64_t width = weight.size(1);
    at::Tensor x = at::empty({ids.numel(), width}, weight.options());
    for (int64_t i = 0; i < ids.numel(); ++i) {
      std::memcpy(x.mutable_data_ptr<float>() + i * width, weight.const_data_ptr<float>() + ids.const_data_ptr<int64_t>()[i] * width,
                  static_cast<std::size_t>(width) * sizeof(float));
    }
    ctx->save_for_backward({weight, ids});
    return x;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx, torch::autograd::variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &weight = saved[0], &ids = saved[1], d_x = gradients[0].contiguous();
    const WeightGradient gradient = zeroed_weight_gradient(weight);
    if (!gradient.sum.defined()) return {at::Tensor(), at::Tensor()};
    const int64_t width = weight.size(1);
    for (int64_t i = 0; i < ids.numel(); ++i) {
      add_to(d_x.const_data_ptr<float>() + i * width, width,
             gradient.sum.mutable_data_ptr<float>() + ids.const_data_ptr<int64_t>()[i] * width);
    }
    return {gradient.returned, at::Tensor()};
  }
};

}  // namespace

at::Tensor embedding_rows(const at::Tensor& weight, const at::Tensor& ids) {
  return has_kernels(weight) ? Embedding::apply(weight, ids) : at::embedding(weight, ids);
}

}  // namespace hone
