#include "policy/policy.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "policy/autograd/decoder_layer.h"
#include "policy/autograd/divergence.h"
#include "policy/autograd/embedding.h"
#include "policy/autograd/head.h"
#include "policy/autograd/norm.h"
#include "policy/autograd/recompute.h"
#include "proto/base/error.h"

namespace hone {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorCode::invalid_argument, message); }

std::string shape_text(std::span<const int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

at::Tensor parameter_from(const WeightView& weight, const TensorSpec& spec, const PolicyOptions& options, const at::Device& device) {
  std::size_t count = 1;
  for (const int64_t n : spec.shape) count *= static_cast<std::size_t>(n);
  if (weight.shape != spec.shape || weight.data.size() != count) {
    refuse(spec.name + ": shape " + shape_text(weight.shape) + " with " + std::to_string(weight.data.size()) +
           " values does not fit the model's " + shape_text(spec.shape));
  }
  // from_blob wants a mutable pointer; the data is copied before anything could write to it.
  const at::Tensor borrowed = at::from_blob(const_cast<float*>(weight.data.data()), spec.shape, at::kFloat);
  at::Tensor parameter = device.is_cpu() ? borrowed.clone() : borrowed.to(device);
  parameter.set_requires_grad(options.requires_grad);
  return parameter;
}

at::Tensor integers(std::span<const int32_t> values, const at::Device& device) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<int64_t>());
  return tensor.to(device);
}

at::Tensor integers(std::span<const int64_t> values, const at::Device& device) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<int64_t>());
  return tensor.to(device);
}

template <class T>
void check_range(const std::vector<T>& values, int64_t limit, const char* field) {
  const auto bad = std::find_if(values.begin(), values.end(), [&](T v) { return v < 0 || v >= limit; });
  if (bad != values.end()) {
    refuse("packed batch: " + std::string(field) + "[" + std::to_string(bad - values.begin()) + "] = " + std::to_string(*bad) +
           " is outside [0, " + std::to_string(limit) + ")");
  }
}

void check_batch(const PackedBatch& batch, const ModelConfig& config) {
  if (batch.positions.size() != batch.token_ids.size() || batch.source_rows.size() != batch.targets.size()) {
    refuse("packed batch: " + std::to_string(batch.token_ids.size()) + " token_ids with " + std::to_string(batch.positions.size()) +
           " positions, " + std::to_string(batch.targets.size()) + " targets with " + std::to_string(batch.source_rows.size()) +
           " source_rows; the counts must be equal");
  }
  check_range(batch.token_ids, config.vocab_size, "token_ids");
  check_range(batch.targets, config.vocab_size, "targets");
  check_range(batch.source_rows, batch.rows(), "source_rows");
  check_range(batch.positions, config.max_position_embeddings, "positions");
}

void check_temperature(double temperature) {
  if (!(temperature > 0.0) || !std::isfinite(temperature)) {
    refuse("temperature " + std::to_string(temperature) + " must be a finite number above 0 to score tokens");
  }
}

at::Device device_of(const std::string& name) {
  try {
    return at::Device(name);
  } catch (const c10::Error&) {
    refuse("device \"" + name + "\" is not an ATen device; use \"cpu\" or \"cuda:0\"");
  }
}

}  // namespace

Policy::Policy(const ModelConfig& config, std::span<const WeightView> weights, const PolicyOptions& options)
    : config_(config), options_(options) {
  if (options.head_chunk_rows < 1) {
    refuse("head_chunk_rows " + std::to_string(options.head_chunk_rows) + " must be at least 1");
  }
  const at::Device device = device_of(options.device);
  if (options.numerics == Numerics::exact && !device.is_cpu()) {
    refuse("numerics \"exact\" runs on the CPU only, the device is \"" + options.device + "\"; use numerics \"fast\"");
  }
  std::map<std::string_view, const WeightView*> by_name;
  for (const WeightView& weight : weights) by_name[weight.name] = &weight;
  for (const TensorSpec& spec : expected_tensors(config)) {
    const auto found = by_name.find(spec.name);
    if (found == by_name.end()) throw Error(ErrorCode::not_found, spec.name + ": missing from the weights given to the policy");
    names_.push_back(spec.name);
    parameters_.push_back(parameter_from(*found->second, spec, options, device));
  }
  const std::string first_layer = "model.layers.0.";
  const auto begin = std::find_if(names_.begin(), names_.end(), [&](const auto& n) { return n.starts_with(first_layer); });
  const auto end = std::find_if(begin, names_.end(), [&](const auto& n) { return !n.starts_with(first_layer); });
  slots_ = std::make_shared<const LayerSlots>(std::span<const std::string>(begin, end));
  const std::vector<float> frequencies = rope_inverse_frequencies(config);
  inverse_frequencies_ = at::empty({static_cast<int64_t>(frequencies.size())}, at::kFloat);
  std::copy(frequencies.begin(), frequencies.end(), inverse_frequencies_.mutable_data_ptr<float>());
  inverse_frequencies_ = inverse_frequencies_.to(device);
}

at::Tensor Policy::hidden_states(const PackedBatch& batch) const {
  const at::Device device = parameters_.front().device();
  const BatchContext context{plan_attention(batch.segments, batch.rows(), options_.numerics),
                             rotary_angles(batch.positions, inverse_frequencies_), options_.numerics};
  at::Tensor x = embedding_rows(parameters_.front(), integers(std::span(batch.token_ids), device));
  const auto per_layer = static_cast<std::size_t>(slots_->count());
  for (std::size_t layer = 0; layer < static_cast<std::size_t>(config_.num_hidden_layers); ++layer) {
    const std::span own = std::span(parameters_).subspan(1 + layer * per_layer, per_layer);
    if (options_.activation_recomputation && at::GradMode::is_enabled() && x.requires_grad()) {
      const Block block = [config = config_, slots = slots_, context](const at::Tensor& input, const std::vector<at::Tensor>& p) {
        return decoder_layer(config, *slots, p, context, input);
      };
      x = recomputed(block, x, {own.begin(), own.end()});
    } else {
      x = decoder_layer(config_, *slots_, own, context, x);
    }
  }
  return rms_norm(x, parameters_[1 + static_cast<std::size_t>(config_.num_hidden_layers) * per_layer], config_.rms_norm_eps);
}

TokenScores Policy::score(const PackedBatch& batch, double temperature, Entropies entropies) {
  check_temperature(temperature);
  check_batch(batch, config_);
  const at::Device device = parameters_.front().device();
  const at::Tensor hidden = hidden_states(batch);
  const HeadScores scores = score_targets(hidden, integers(std::span(batch.source_rows), device), head(),
                                          integers(std::span(batch.targets), device),
                                          {temperature, options_.head_chunk_rows, entropies != Entropies::none,
                                           entropies == Entropies::with_gradient, options_.numerics});
  return {scores.logprobs, scores.entropies, scores.is_top};
}

at::Tensor Policy::reverse_kl(const PackedBatch& batch, const Policy& teacher, double temperature) {
  check_temperature(temperature);
  check_batch(batch, config_);
  check_batch(batch, teacher.config_);
  if (config_.vocab_size != teacher.config_.vocab_size)
    refuse("the teacher's vocabulary of " + std::to_string(teacher.config_.vocab_size) + " is not the student's of " + std::to_string(config_.vocab_size));
  at::Tensor of_teacher;
  {
    const at::NoGradGuard no_grad;
    of_teacher = teacher.hidden_states(batch);
  }
  const at::Tensor rows = integers(std::span(batch.source_rows), parameters_.front().device());
  return reverse_kl_rows(hidden_states(batch), head(), of_teacher, teacher.head(), rows, {temperature, options_.head_chunk_rows, false});
}

std::vector<WeightView> Policy::weights() const {
  host_copies_.clear();
  std::vector<WeightView> views;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor host = parameters_[i].detach().to(at::kCPU, at::kFloat).contiguous();
    host_copies_.push_back(host);
    views.push_back({names_[i], host.sizes().vec(), {host.const_data_ptr<float>(), static_cast<std::size_t>(host.numel())}});
  }
  return views;
}

void Policy::zero_grad() {
  for (at::Tensor& parameter : parameters_) parameter.mutable_grad() = at::Tensor();
}

}  // namespace hone
