#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

#include "policy/model_config.h"

namespace hone {
namespace {

// Every step is rounded to float32 in the order of the reference implementation: scalars over tensors are its
// reciprocal times the scalar.

float scale_llama3(float frequency, const RopeScaling& rope) {
  const double length = static_cast<double>(rope.original_max_position_embeddings);
  const auto low_wavelength = static_cast<float>(length / rope.low_freq_factor);
  const auto high_wavelength = static_cast<float>(length / rope.high_freq_factor);
  const auto factor = static_cast<float>(rope.factor);
  const float wavelength = (1.0f / frequency) * static_cast<float>(2.0 * std::numbers::pi);
  if (wavelength > low_wavelength) return frequency / factor;
  if (wavelength < high_wavelength) return frequency;
  const float turns = (1.0f / wavelength) * static_cast<float>(length);
  const float smooth = (turns - static_cast<float>(rope.low_freq_factor)) /
                       static_cast<float>(rope.high_freq_factor - rope.low_freq_factor);
  return (1.0f - smooth) * frequency / factor + smooth * frequency;
}

}  // namespace

std::vector<float> rope_inverse_frequencies(const ModelConfig& config) {
  std::vector<float> frequencies(static_cast<std::size_t>(config.head_dim / 2));
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(config.head_dim);
    float& f = frequencies[i];
    f = 1.0f / static_cast<float>(
                   std::pow(static_cast<double>(static_cast<float>(config.rope_theta)), static_cast<double>(exponent)));
    if (config.rope_scaling.type == RopeType::linear) f /= static_cast<float>(config.rope_scaling.factor);
    if (config.rope_scaling.type == RopeType::llama3) f = scale_llama3(f, config.rope_scaling);
  }
  return frequencies;
}

}  // namespace hone
