#include "policy/weights.h"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <string_view>

#include "proto/base/digest.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/random.h"

namespace hone {
namespace {

constexpr std::string_view kWeight = ".weight";
constexpr std::string_view kBias = ".bias";

class TensorList {
 public:
  void add(const std::string& name, std::vector<int64_t> shape) { tensors_.push_back({name, std::move(shape)}); }
  void add_linear(const std::string& name, int64_t rows, int64_t columns, bool bias) {
    add(name + std::string(kWeight), {rows, columns});
    if (bias) add(name + std::string(kBias), {rows});
  }
  std::vector<TensorSpec> take() { return std::move(tensors_); }

 private:
  std::vector<TensorSpec> tensors_;
};

void add_layer(TensorList& list, const ModelConfig& config, const std::string& prefix) {
  const int64_t hidden = config.hidden_size;
  const std::string attention = prefix + "self_attn.";
  const std::string mlp = prefix + "mlp.";
  list.add(prefix + "input_layernorm.weight", {hidden});
  list.add_linear(attention + "q_proj", config.q_size(), hidden, config.attention_bias);
  list.add_linear(attention + "k_proj", config.kv_size(), hidden, config.attention_bias);
  list.add_linear(attention + "v_proj", config.kv_size(), hidden, config.attention_bias);
  list.add_linear(attention + "o_proj", hidden, config.q_size(), config.attention_output_bias);
  if (config.qk_norm) {
    list.add(attention + "q_norm.weight", {config.head_dim});
    list.add(attention + "k_norm.weight", {config.head_dim});
  }
  list.add(prefix + "post_attention_layernorm.weight", {hidden});
  list.add_linear(mlp + "gate_proj", config.intermediate_size, hidden, config.mlp_bias);
  list.add_linear(mlp + "up_proj", config.intermediate_size, hidden, config.mlp_bias);
  list.add_linear(mlp + "down_proj", hidden, config.intermediate_size, config.mlp_bias);
}

std::size_t element_count(const std::vector<int64_t>& shape) {
  std::size_t count = 1;
  for (const int64_t n : shape) count *= static_cast<std::size_t>(n);
  return count;
}

/// Box and Muller 1958: two uniforms give two independent normals.
void fill_normal(std::vector<float>& data, double std_dev, PhiloxStream rng) {
  for (std::size_t i = 0; i < data.size(); i += 2) {
    const double radius = std_dev * std::sqrt(-2.0 * std::log(rng.next_uniform()));
    const double angle = 2.0 * std::numbers::pi * rng.next_uniform();
    data[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < data.size()) data[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
}

}  // namespace

const WeightSet::Tensor& WeightSet::at(const std::string& name) const {
  for (const Tensor& tensor : tensors)
    if (tensor.name == name) return tensor;
  throw Error(ErrorCode::not_found,
              "no tensor named " + name + " among the " + std::to_string(tensors.size()) + " weights");
}

std::vector<WeightView> WeightSet::views() const {
  std::vector<WeightView> out;
  out.reserve(tensors.size());
  for (const Tensor& tensor : tensors) out.push_back({tensor.name, tensor.shape, tensor.data});
  return out;
}

std::vector<TensorSpec> expected_tensors(const ModelConfig& config) {
  TensorList list;
  list.add("model.embed_tokens.weight", {config.vocab_size, config.hidden_size});
  for (int64_t layer = 0; layer < config.num_hidden_layers; ++layer)
    add_layer(list, config, "model.layers." + std::to_string(layer) + ".");
  list.add("model.norm.weight", {config.hidden_size});
  if (!config.tie_word_embeddings) list.add("lm_head.weight", {config.vocab_size, config.hidden_size});
  return list.take();
}

std::string model_fingerprint(const ModelConfig& config, const std::string& tokenizer_json) {
  Json json = model_config_to_json(config);
  json.erase("torch_dtype");
  std::string text = dump_line(json) + "\n";
  for (const TensorSpec& tensor : expected_tensors(config))
    text += tensor.name + " " + Json(tensor.shape).dump() + "\n";
  text += std::to_string(tokenizer_json.size()) + "\n" + tokenizer_json;
  return digest128_hex(text);
}

namespace {

/// `deviation(spec)` is the standard deviation of a matrix.
template <class Deviation>
WeightSet draw_weights(const ModelConfig& config, uint64_t seed, const Deviation& deviation) {
  WeightSet weights;
  uint32_t stream = 0;
  for (TensorSpec& tensor : expected_tensors(config)) {
    std::vector<float> data(element_count(tensor.shape));
    const bool matrix = tensor.shape.size() == 2;
    if (matrix) fill_normal(data, deviation(tensor), PhiloxStream(seed, stream));
    if (!matrix && tensor.name.ends_with(kWeight)) data.assign(data.size(), 1.0f);
    weights.tensors.push_back({std::move(tensor.name), std::move(tensor.shape), std::move(data)});
    ++stream;
  }
  return weights;
}

}  // namespace

WeightSet random_weights(const ModelConfig& config, double std_dev, uint64_t seed) {
  return draw_weights(config, seed, [&](const TensorSpec&) { return std_dev; });
}

WeightSet scaled_random_weights(const ModelConfig& config, double embedding_std, uint64_t seed) {
  const double residual = std::sqrt(2.0 * static_cast<double>(config.num_hidden_layers));
  return draw_weights(config, seed, [&](const TensorSpec& tensor) {
    if (tensor.name == "model.embed_tokens.weight") return embedding_std;
    const double deviation = 1.0 / std::sqrt(static_cast<double>(tensor.shape[1]));
    const bool to_residual = tensor.name.ends_with("o_proj.weight") || tensor.name.ends_with("down_proj.weight");
    return to_residual ? deviation / residual : deviation;
  });
}

WeightSet mimetic_random_weights(const ModelConfig& config, double embedding_std, uint64_t seed) {
  constexpr float kKeyShare = 0.9f, kQueryShare = 0.436f;  // 0.9^2 + 0.436^2 = 1: the deviation stays
  WeightSet weights = scaled_random_weights(config, embedding_std, seed);
  const auto tensor = [&](int64_t layer, const char* name) -> std::vector<float>& {
    const std::string full = "model.layers." + std::to_string(layer) + ".self_attn." + name + ".weight";
    return const_cast<WeightSet::Tensor&>(weights.at(full)).data;
  };
  const auto hidden = static_cast<std::size_t>(config.hidden_size), q_size = static_cast<std::size_t>(config.q_size()),
             head_dim = static_cast<std::size_t>(config.head_dim),
             group = static_cast<std::size_t>(config.num_attention_heads / config.num_key_value_heads);
  for (int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    std::vector<float>&q = tensor(layer, "q_proj"), &k = tensor(layer, "k_proj"), &v = tensor(layer, "v_proj"), &o = tensor(layer, "o_proj");
    for (std::size_t row = 0; row < q_size; ++row) {
      const std::size_t shared = row / head_dim / group * head_dim + row % head_dim;  // the row of the key-value head that serves it
      for (std::size_t column = 0; column < hidden; ++column) {
        float& query = q[row * hidden + column];
        query = kKeyShare * k[shared * hidden + column] + kQueryShare * query;
        float& output = o[column * q_size + row];
        output = 0.5f * v[shared * hidden + column] + 0.5f * output;
      }
    }
  }
  return weights;
}

}  // namespace hone
