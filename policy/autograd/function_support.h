// What Hone's custom autograd functions share: the choice of kernel, parallel loops (compute_pool.h), plain objects in a context.
#pragma once

#include <memory>
#include <utility>

#include "policy/autograd/compute_pool.h"
#include "policy/torch.h"

namespace hone {

/// Hone's own kernels take float32 on the CPU; every other device or type runs through ATen.
inline bool has_kernels(const at::Tensor& tensor) { return tensor.is_cpu() && tensor.scalar_type() == at::kFloat; }

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
