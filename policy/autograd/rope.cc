#include "policy/autograd/rope.h"

#include <cmath>

#include "policy/autograd/function_support.h"
#include "policy/autograd/row_kernels.h"

namespace hone {
namespace {

constexpr int64_t kGrainRows = 32;

at::Tensor rotated(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines, float direction) {
  at::Tensor y = at::empty_like(x);
  const int64_t heads = x.size(1), dim = x.size(2), width = heads * dim, half = dim / 2;
  parallel_blocks(x.size(0), kGrainRows, [&](int64_t begin, int64_t end) {
    rotate_rows(x.const_data_ptr<float>() + begin * width, cosines.const_data_ptr<float>() + begin * half,
                sines.const_data_ptr<float>() + begin * half, direction, end - begin, heads, dim,
                y.mutable_data_ptr<float>() + begin * width);
  });
  return y;
}

struct Rotate : torch::autograd::Function<Rotate> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x, const at::Tensor& cosines,
                            const at::Tensor& sines) {
    ctx->save_for_backward({cosines, sines});
    return rotated(x.contiguous(), cosines, sines, 1.0f);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    return {rotated(gradients[0].contiguous(), saved[0], saved[1], -1.0f), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

RotaryAngles rotary_angles(std::span<const int32_t> positions, const at::Tensor& inverse_frequencies) {
  const at::Tensor host = inverse_frequencies.to(at::kCPU, at::kFloat).contiguous();
  const int64_t half = host.numel(), rows = static_cast<int64_t>(positions.size());
  at::Tensor cosines = at::empty({rows, half}, host.options()), sines = at::empty({rows, half}, host.options());
  const float* frequencies = host.const_data_ptr<float>();
  float *c = cosines.mutable_data_ptr<float>(), *s = sines.mutable_data_ptr<float>();
  parallel_blocks(rows, kGrainRows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t j = 0; j < half; ++j) {
        const float angle = static_cast<float>(positions[static_cast<std::size_t>(i)]) * frequencies[j];
        c[i * half + j] = std::cos(angle);
        s[i * half + j] = std::sin(angle);
      }
    }
  });
  return {cosines.to(inverse_frequencies.device()), sines.to(inverse_frequencies.device())};
}

at::Tensor rotate(const at::Tensor& x, const RotaryAngles& angles) {
  return has_kernels(x) ? Rotate::apply(x, angles.cosines, angles.sines) : plain_rotate(x, angles);
}

at::Tensor plain_rotate(const at::Tensor& x, const RotaryAngles& angles) {
  const auto halves = x.chunk(2, -1);
  const at::Tensor c = angles.cosines.unsqueeze(1).to(x.scalar_type()), s = angles.sines.unsqueeze(1).to(x.scalar_type());
  return at::cat({halves[0] * c - halves[1] * s, halves[1] * c + halves[0] * s}, -1);
}

}  // namespace hone
