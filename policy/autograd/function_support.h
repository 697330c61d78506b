// What Hone's custom autograd functions share: the choice of kernel, fixed-order parallel loops, plain objects in a context.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "policy/torch.h"

namespace hone {

/// Hone's own kernels take float32 on the CPU; every other device or type runs through ATen.
inline bool has_kernels(const at::Tensor& tensor) { return tensor.is_cpu() && tensor.scalar_type() == at::kFloat; }

/// Runs task(i) for i in [0, count) on ATen's threads, handed out one by one; tasks must write different memory.
template <class Task>
void parallel_tasks(int64_t count, const Task& task) {
  std::atomic<int64_t> next{0};
  at::parallel_for(0, std::min<int64_t>(at::get_num_threads(), count), 1, [&](int64_t begin, int64_t end) {
    for (int64_t worker = begin; worker < end; ++worker) {
      for (int64_t i = next++; i < count; i = next++) task(i);
    }
  });
}

/// Puts a shared object into AutogradContext::saved_data.
template <class T>
struct Held : torch::CustomClassHolder {
  explicit Held(std::shared_ptr<const T> object) : value(std::move(object)) {}
  std::shared_ptr<const T> value;
};

template <class T>
at::IValue hold(std::shared_ptr<const T> object) {
  return at::IValue::make_capsule(c10::make_intrusive<Held<T>>(std::move(object)));
}

template <class T>
const T& held(const at::IValue& value) {
  return *static_cast<const Held<T>*>(value.toCapsule().get())->value;
}

}  // namespace hone
