#include "policy/autograd/fixed_order.h"

#include "policy/autograd/compute_pool.h"

namespace hone {

MatrixView rows_of(const at::Tensor& matrix) { return {matrix.const_data_ptr<float>(), matrix.stride(0), false}; }
MatrixView columns_of(const at::Tensor& matrix) { return {matrix.const_data_ptr<float>(), matrix.stride(0), true}; }

void fixed_order_product(const MatmulShape& shape, const MatrixView& a, const MatrixView& b, const std::optional<at::Tensor>& bias,
                         at::Tensor& c, GemmStart start) {
  const TaskRunner runner = runner_of(compute_pool());
  if (bias) start = GemmStart::bias;
  matmul(shape, a, b, start, bias ? bias->const_data_ptr<float>() : nullptr, c.mutable_data_ptr<float>(), c.stride(0), &runner);
}

}  // namespace hone
