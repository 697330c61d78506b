#include "policy/autograd/gate.h"

#include <algorithm>
#include <cstdint>

#include "policy/autograd/function_support.h"
#include "policy/autograd/row_kernels.h"
#include "policy/kernels/row_ops.h"

namespace hone {
namespace {

constexpr int64_t kBlockElements = 16384;  // a multiple of every vector length: no result depends on the split

template <class Body>
void for_each_block(int64_t n, const Body& body) {
  parallel_tasks((n + kBlockElements - 1) / kBlockElements, [&](int64_t task) {
    const int64_t begin = task * kBlockElements;
    body(begin, std::min(kBlockElements, n - begin));
  });
}

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& gate_in, const at::Tensor& up_in) {
    const at::Tensor gate = gate_in.contiguous(), up = up_in.contiguous();
    ctx->save_for_backward({gate, up});
    return gated_values(gate, up);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const GateGradients d = gate_gradients(saved[0], saved[1], gradients[0].clone(at::MemoryFormat::Contiguous));
    return {d.d_gate, d.d_up};
  }
};

}  // namespace

at::Tensor gated_values(const at::Tensor& gate, const at::Tensor& up) {
  at::Tensor y = at::empty_like(gate);
  const float *g = gate.const_data_ptr<float>(), *u = up.const_data_ptr<float>();
  float* out = y.mutable_data_ptr<float>();
  for_each_block(gate.numel(), [=](int64_t i, int64_t n) { swiglu_elements(g + i, u + i, n, out + i); });
  return y;
}

GateGradients gate_gradients(const at::Tensor& gate, const at::Tensor& up, const at::Tensor& d_y) {
  at::Tensor d_gate = d_y, d_up = at::empty_like(d_y);
  const float *g = gate.const_data_ptr<float>(), *u = up.const_data_ptr<float>(), *d = d_y.const_data_ptr<float>();
  float *dg = d_gate.mutable_data_ptr<float>(), *du = d_up.mutable_data_ptr<float>();
  for_each_block(d_y.numel(), [=](int64_t i, int64_t n) { swiglu_backward(g + i, u + i, d + i, n, dg + i, du + i); });
  return {d_gate, d_up};
}

at::Tensor gated_activation(const at::Tensor& gate, const at::Tensor& up) {
  return has_kernels(gate) ? SwiGlu::apply(gate, up) : plain_gated_activation(gate, up);
}

at::Tensor plain_gated_activation(const at::Tensor& gate, const at::Tensor& up) { return at::silu(gate) * up; }

}  // namespace hone
