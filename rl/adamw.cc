#include "rl/adamw.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>

#include "policy/autograd/compute_pool.h"
#include "proto/base/error.h"
#include "proto/base/log.h"
#include "rl/adamw_kernel.h"

namespace hone {

namespace {

constexpr int64_t kChunk = 1 << 15;  // elements a work item: 128 KiB of float32

void require(bool condition, const std::string& message) {
  if (!condition) throw Error(ErrorCode::invalid_argument, message);
}

template <class T>
void update_fused(at::Tensor& parameter, const at::Tensor& gradient, at::Tensor& exp_avg, at::Tensor& exp_avg_sq,
                  const AdamWCoefficients& c) {
  T* p = parameter.mutable_data_ptr<T>();
  const T* g = gradient.const_data_ptr<T>();
  T* m = exp_avg.mutable_data_ptr<T>();
  T* v = exp_avg_sq.mutable_data_ptr<T>();
  parallel_blocks(parameter.numel(), kChunk, [&](int64_t begin, int64_t end) {
    adamw_update(p + begin, g + begin, m + begin, v + begin, static_cast<std::size_t>(end - begin), c);
  });
  parameter.unsafeGetTensorImpl()->bump_version();
}

/// The same with ATen operations, for every device.
void update_with_aten(at::Tensor& parameter, const at::Tensor& unscaled, at::Tensor& exp_avg, at::Tensor& exp_avg_sq,
                      const AdamWCoefficients& c) {
  const at::Tensor gradient = c.gradient_scale == 1.0 ? unscaled : unscaled * c.gradient_scale;
  exp_avg.lerp_(gradient, 1.0 - c.beta1);
  exp_avg_sq.mul_(c.beta2).addcmul_(gradient, gradient, 1.0 - c.beta2);
  const at::Tensor denominator = exp_avg_sq.sqrt().div_(c.root_correction).add_(c.epsilon);
  parameter.mul_(c.decay).addcdiv_(exp_avg, denominator, -c.step_size);
}

/// Sums of chunks, added in order.
template <class T>
double sum_of_chunks(const T* values, int64_t count) {
  std::vector<double> sums(static_cast<std::size_t>((count + kChunk - 1) / kChunk));
  parallel_blocks(count, kChunk, [&](int64_t begin, int64_t end) {
    sums[static_cast<std::size_t>(begin / kChunk)] = sum_of_squares(values + begin, static_cast<std::size_t>(end - begin));
  });
  double total = 0.0;
  for (double sum : sums) total += sum;
  return total;
}

double squares_of(const at::Tensor& gradient) {
  if (gradient.is_cpu() && gradient.scalar_type() == at::kFloat) {
    const at::Tensor dense = gradient.contiguous();
    return sum_of_chunks(dense.const_data_ptr<float>(), dense.numel());
  }
  if (gradient.is_cpu() && gradient.scalar_type() == at::kDouble) {
    const at::Tensor dense = gradient.contiguous();
    return sum_of_chunks(dense.const_data_ptr<double>(), dense.numel());
  }
  const double norm = at::linalg_vector_norm(gradient, 2, at::OptionalIntArrayRef(), false, at::kDouble).item<double>();
  return norm * norm;
}

std::string shape_text(std::span<const int64_t> shape) {
  std::string text;
  for (int64_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

void check_state_tensor(const WeightView& view, const at::Tensor& own, bool second_moment) {
  require(std::equal(view.shape.begin(), view.shape.end(), own.sizes().begin(), own.sizes().end()),
          join("optimizer state: ", view.name, " has shape ", shape_text(view.shape), ", the model needs ",
               shape_text({own.sizes().data(), own.sizes().size()})));
  require(static_cast<int64_t>(view.data.size()) == own.numel(),
          join("optimizer state: ", view.name, " holds ", view.data.size(), " values, its shape needs ", own.numel()));
  const auto bad = std::find_if(view.data.begin(), view.data.end(),
                                [=](float value) { return !std::isfinite(value) || (second_moment && value < 0.0f); });
  require(bad == view.data.end(), join("optimizer state: ", view.name, " holds ", bad == view.data.end() ? 0.0f : *bad,
                                       second_moment ? "; finite values >= 0" : "; finite values", " are needed"));
}

}  // namespace

void validate(const AdamWConfig& config) {
  require(config.beta1 >= 0.0 && config.beta1 < 1.0, join("adam_beta1 ", config.beta1, " must be in [0, 1)"));
  require(config.beta2 >= 0.0 && config.beta2 < 1.0, join("adam_beta2 ", config.beta2, " must be in [0, 1)"));
  require(std::isfinite(config.epsilon) && config.epsilon > 0.0, join("adam_epsilon ", config.epsilon, " must be > 0"));
  require(std::isfinite(config.weight_decay) && config.weight_decay >= 0.0,
          join("weight_decay ", config.weight_decay, " must be >= 0"));
}

bool is_decayed(const std::string& name, int64_t dimensions, const AdamWConfig& config) {
  if (dimensions < 2) return false;
  const bool embedding = name.find("embed_tokens") != std::string::npos || name.find("lm_head") != std::string::npos;
  return !embedding || config.decay_embeddings;
}

AdamW::AdamW(std::vector<at::Tensor> parameters, std::vector<std::string> names, const AdamWConfig& config,
             std::optional<std::vector<bool>> decay)
    : config_(config), parameters_(std::move(parameters)), names_(std::move(names)) {
  validate(config_);
  HONE_CHECK(names_.size() == parameters_.size(), "one name a parameter");
  HONE_CHECK(!decay || decay->size() == parameters_.size(), "one decay flag a parameter");
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor& parameter = parameters_[i];
    HONE_CHECK(parameter.scalar_type() == at::kFloat || parameter.scalar_type() == at::kDouble,
               names_[i] + ": parameters must be float32 or float64");
    HONE_CHECK(parameter.is_contiguous(), names_[i] + ": parameters must be contiguous");
    decay_.push_back(decay ? (*decay)[i] : is_decayed(names_[i], parameter.dim(), config_));
    exp_avg_.push_back(at::zeros(parameter.sizes(), parameter.options().requires_grad(false)));
    exp_avg_sq_.push_back(at::zeros(parameter.sizes(), parameter.options().requires_grad(false)));
  }
}

void AdamW::step(double learning_rate, double gradient_scale) {
  HONE_CHECK(std::isfinite(learning_rate) && learning_rate >= 0.0, "learning rate must be finite and >= 0");
  const at::NoGradGuard no_grad;
  ++step_count_;
  const auto t = static_cast<double>(step_count_);
  AdamWCoefficients c{1.0,
                      config_.beta1,
                      config_.beta2,
                      learning_rate / (1.0 - std::pow(config_.beta1, t)),
                      std::sqrt(1.0 - std::pow(config_.beta2, t)),
                      config_.epsilon,
                      gradient_scale};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor& parameter = parameters_[i];
    if (!parameter.grad().defined()) continue;
    c.decay = decay_[i] ? 1.0 - learning_rate * config_.weight_decay : 1.0;
    const at::Tensor gradient = parameter.grad().contiguous();
    HONE_CHECK(gradient.scalar_type() == parameter.scalar_type() && gradient.sizes() == parameter.sizes(),
               names_[i] + ": gradient does not fit its parameter");
    if (!config_.fused || !parameter.is_cpu()) {
      update_with_aten(parameter, gradient, exp_avg_[i], exp_avg_sq_[i], c);
    } else if (parameter.scalar_type() == at::kFloat) {
      update_fused<float>(parameter, gradient, exp_avg_[i], exp_avg_sq_[i], c);
    } else {
      update_fused<double>(parameter, gradient, exp_avg_[i], exp_avg_sq_[i], c);
    }
  }
}

std::vector<WeightView> AdamW::state() {
  host_state_.clear();
  std::vector<WeightView> views;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    const at::Tensor& host = host_state_.emplace_back(tensor.to(at::kCPU, at::kFloat).contiguous());
    views.push_back(
        {name, tensor.sizes().vec(), {host.const_data_ptr<float>(), static_cast<std::size_t>(host.numel())}});
  };
  for (std::size_t i = 0; i < names_.size(); ++i) add("exp_avg." + names_[i], exp_avg_[i]);
  for (std::size_t i = 0; i < names_.size(); ++i) add("exp_avg_sq." + names_[i], exp_avg_sq_[i]);
  return views;
}

void AdamW::load_state(int64_t step_count, std::span<const WeightView> tensors) {
  require(step_count >= 0, join("optimizer state: step ", step_count, " must be >= 0"));
  std::map<std::string, const WeightView*> by_name;
  for (const WeightView& view : tensors) {
    require(by_name.emplace(view.name, &view).second, join("optimizer state: ", view.name, " appears twice"));
  }
  std::vector<std::pair<at::Tensor, const WeightView*>> copies;
  const auto match = [&](const std::string& name, const at::Tensor& own, bool second_moment) {
    const auto found = by_name.find(name);
    require(found != by_name.end(), join("optimizer state: ", name, " is missing"));
    check_state_tensor(*found->second, own, second_moment);
    copies.emplace_back(own, found->second);
    by_name.erase(found);
  };
  for (std::size_t i = 0; i < names_.size(); ++i) {
    match("exp_avg." + names_[i], exp_avg_[i], false);
    match("exp_avg_sq." + names_[i], exp_avg_sq_[i], true);
  }
  require(by_name.empty(),
          by_name.empty() ? "" : join("optimizer state: ", by_name.begin()->first, " belongs to no parameter"));

  const at::NoGradGuard no_grad;
  for (auto& [own, view] : copies) {
    own.copy_(at::from_blob(const_cast<float*>(view->data.data()), own.sizes(), at::TensorOptions().dtype(at::kFloat)));
  }
  step_count_ = step_count;
}

double grad_norm(std::span<const at::Tensor> parameters) {
  const at::NoGradGuard no_grad;
  double total = 0.0;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) total += squares_of(parameter.grad());
  }
  return std::sqrt(total);
}

double clip_factor(double norm, double max_norm) {
  require(max_norm > 0.0, join("max_grad_norm ", max_norm, " must be > 0"));
  return std::min(1.0, max_norm / (norm + 1e-6));
}

}  // namespace hone
