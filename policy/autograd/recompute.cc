#include "policy/autograd/recompute.h"

#include <memory>
#include <utility>

#include "policy/autograd/function_support.h"

namespace hone {
namespace {

struct Recompute : torch::autograd::Function<Recompute> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x, at::TensorList parameters,
                            const std::shared_ptr<const Block>& block) {
    torch::autograd::variable_list saved{x};
    saved.insert(saved.end(), parameters.begin(), parameters.end());
    ctx->save_for_backward(saved);
    ctx->saved_data["block"] = hold(block);
    return (*block)(x, parameters.vec());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const torch::autograd::variable_list inputs = ctx->get_saved_variables();
    const auto& block = held<Block>(ctx->saved_data["block"]);
    // Leaves of their own, except for parameters: functions add a parameter's gradient to its own (weight_gradient.h), the engine does
    // so for the others.
    torch::autograd::variable_list leaves;
    for (const at::Tensor& input : inputs) {
      const bool parameter = &input != &inputs.front() && input.is_leaf();
      leaves.push_back(parameter ? input : input.detach().set_requires_grad(input.requires_grad()));
    }
    {
      at::AutoGradMode enabled(true);
      torch::autograd::backward({block(leaves[0], {leaves.begin() + 1, leaves.end()})}, {gradients[0]});
    }
    torch::autograd::variable_list result;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool parameter = i > 0 && inputs[i].is_leaf();
      result.push_back(parameter ? at::Tensor() : leaves[i].grad());
    }
    result.emplace_back();  // the block
    return result;
  }
};

}  // namespace

at::Tensor recomputed(Block block, const at::Tensor& x, const std::vector<at::Tensor>& parameters) {
  return Recompute::apply(x, at::TensorList(parameters), std::make_shared<const Block>(std::move(block)));
}

}  // namespace hone
