#include "policy/autograd/fixed_order.h"

#include "policy/autograd/function_support.h"

namespace hone {

TaskRunner aten_runner() {
  return {at::get_num_threads(), [](std::size_t n, const std::function<void(std::size_t)>& body) {
            parallel_tasks(static_cast<int64_t>(n), [&](int64_t i) { body(static_cast<std::size_t>(i)); });
          }};
}

MatrixView rows_of(const at::Tensor& matrix) { return {matrix.const_data_ptr<float>(), matrix.stride(0), false}; }
MatrixView columns_of(const at::Tensor& matrix) { return {matrix.const_data_ptr<float>(), matrix.stride(0), true}; }

void fixed_order_product(const MatmulShape& shape, const MatrixView& a, const MatrixView& b, const std::optional<at::Tensor>& bias,
                         at::Tensor& c, MatmulStart start) {
  const TaskRunner runner = aten_runner();
  if (bias) start = MatmulStart::bias;
  matmul(shape, a, b, start, bias ? bias->const_data_ptr<float>() : nullptr, c.mutable_data_ptr<float>(), c.stride(0), &runner);
}

}  // namespace hone
