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
    torch::autograd::variable_list inputs = ctx->get_saved_variables();
    const auto& block = held<Block>(ctx->saved_data["block"]);
    for (at::Tensor& input : inputs) {
      const bool wanted = input.requires_grad();
      input = input.detach();
      input.set_requires_grad(wanted);
    }
    torch::autograd::variable_list wanted;
    for (const at::Tensor& input : inputs) {
      if (input.requires_grad()) wanted.push_back(input);
    }
    at::Tensor output;
    {
      at::AutoGradMode enabled(true);
      output = block(inputs[0], {inputs.begin() + 1, inputs.end()});
    }
    auto found = torch::autograd::grad({output}, wanted, {gradients[0]}, false, false, true);
    torch::autograd::variable_list result;
    std::size_t next = 0;
    for (const at::Tensor& input : inputs) result.push_back(input.requires_grad() ? found[next++] : at::Tensor());
    result.emplace_back();  // the block
    return result;
  }
};

}  // namespace

at::Tensor recomputed(Block block, const at::Tensor& x, const std::vector<at::Tensor>& parameters) {
  return Recompute::apply(x, at::TensorList(parameters), std::make_shared<const Block>(std::move(block)));
}

}  // namespace hone
