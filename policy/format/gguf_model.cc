#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/format/gguf_import.h"
#include "policy/format/rotary_layout.h"
#include "proto/base/error.h"

namespace hone {
namespace {

constexpr const char* kRopeFactors = "rope_freqs.weight";
constexpr int64_t kLlama3OriginalLength = 8192;

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kLayerNames{
    {{"input_layernorm", "attn_norm"},
     {"self_attn.q_proj", "attn_q"},
     {"self_attn.k_proj", "attn_k"},
     {"self_attn.v_proj", "attn_v"},
     {"self_attn.o_proj", "attn_output"},
     {"self_attn.q_norm", "attn_q_norm"},
     {"self_attn.k_norm", "attn_k_norm"},
     {"post_attention_layernorm", "ffn_norm"},
     {"mlp.gate_proj", "ffn_gate"},
     {"mlp.up_proj", "ffn_up"},
     {"mlp.down_proj", "ffn_down"}}};

[[noreturn]] void unsupported(const GgufFile& file, const std::string& what) {
  throw Error(ErrorCode::unimplemented, file.source() + ": " + what);
}

/// "model.layers.3.mlp.up_proj.weight" -> "blk.3.ffn_up.weight".
std::string gguf_name(const std::string& name) {
  if (name == "model.embed_tokens.weight") return "token_embd.weight";
  if (name == "model.norm.weight") return "output_norm.weight";
  if (name == "lm_head.weight") return "output.weight";
  constexpr std::string_view kPrefix = "model.layers.";
  const std::size_t number_end = name.find('.', kPrefix.size());
  const std::size_t kind = name.rfind('.');
  const std::string part = name.substr(number_end + 1, kind - number_end - 1);
  const auto it =
      std::find_if(kLayerNames.begin(), kLayerNames.end(), [&](const auto& pair) { return pair.first == part; });
  HONE_CHECK(it != kLayerNames.end(), "no GGUF name for " + name);
  return "blk." + name.substr(kPrefix.size(), number_end - kPrefix.size()) + "." + std::string(it->second) +
         name.substr(kind);
}

/// GGUF stores 1e-05 as a float32; its shortest decimal is the number that was meant.
double shortest_decimal(double stored) {
  char text[32];
  const auto written = std::to_chars(text, text + sizeof text, static_cast<float>(stored));
  double value = stored;
  std::from_chars(text, written.ptr, value);
  return value;
}

/// One value for all layers, stored as a number or as equal numbers.
int64_t per_layer_integer(const GgufFile& file, const std::string& key, int64_t fallback) {
  const auto it = file.metadata().find(key);
  if (it == file.metadata().end() || !std::holds_alternative<std::vector<int64_t>>(it->second))
    return file.integer_or(key, fallback);
  const auto& values = std::get<std::vector<int64_t>>(it->second);
  if (values.empty() || std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) != values.end())
    unsupported(file, "metadata " + key + " differs from layer to layer");
  return values.front();
}

void refuse_unsupported_parts(const GgufFile& file, const std::string& prefix, const ModelConfig& config) {
  if (file.integer_or(prefix + "expert_count", 0) > 0)
    unsupported(file, prefix + "expert_count: mixtures of experts are not supported");
  const int64_t window = file.integer_or(prefix + "attention.sliding_window", 0);
  if (window > 0 && window < config.max_position_embeddings)
    unsupported(file, prefix + "attention.sliding_window: not supported");
  if (file.integer_or(prefix + "attention.value_length", config.head_dim) != config.head_dim)
    unsupported(file, prefix + "attention.value_length differs from the key length");
  if (file.integer_or(prefix + "rope.dimension_count", config.head_dim) != config.head_dim)
    unsupported(file, prefix + "rope.dimension_count differs from the head size");
}

/// llama3 scaling comes as one factor per frequency; find the parameters that give these factors.
void read_rope_factors(const GgufFile& file, const GgufTensor& tensor, ModelConfig& config) {
  const std::vector<float> factors = file.read(tensor);
  const std::vector<float> plain = rope_inverse_frequencies(config);
  ModelConfig scaled = config;
  const double largest = factors.empty() ? 0.0 : static_cast<double>(*std::max_element(factors.begin(), factors.end()));
  scaled.rope_scaling = {RopeType::llama3, shortest_decimal(largest), 1.0, 4.0, kLlama3OriginalLength};
  const std::vector<float> wanted = rope_inverse_frequencies(scaled);
  bool same = factors.size() == plain.size();
  for (std::size_t i = 0; same && i < factors.size(); ++i)
    same = std::fabs(plain[i] / factors[i] - wanted[i]) <= 1e-4f * wanted[i];
  if (!same)
    unsupported(file, std::string(kRopeFactors) +
                          ": these factors are not llama3 scaling with original length 8192, low 1, high 4");
  config.rope_scaling = scaled.rope_scaling;
}

void read_rope(const GgufFile& file, const std::string& prefix, ModelConfig& config) {
  config.rope_theta = shortest_decimal(file.number_or(prefix + "rope.freq_base", 10000.0));
  const std::string type = file.text_or(prefix + "rope.scaling.type", "none");
  if (type == "linear")
    config.rope_scaling = {.type = RopeType::linear,
                           .factor = shortest_decimal(file.number_or(prefix + "rope.scaling.factor", 1.0))};
  else if (type != "none")
    unsupported(file, prefix + "rope.scaling.type '" + type + "' is not supported");
}

int64_t vocabulary_size(const GgufFile& file) {
  const GgufTensor* embedding = file.find("token_embd.weight");
  if (embedding == nullptr) throw Error(ErrorCode::not_found, file.source() + ": tensor token_embd.weight is missing");
  return embedding->shape.front();
}

void read_token_ids(const GgufFile& file, ModelConfig& config) {
  config.bos_token_id = file.integer_or("tokenizer.ggml.bos_token_id", -1);
  config.pad_token_id = file.integer_or("tokenizer.ggml.padding_token_id", -1);
  for (const char* key :
       {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    const int64_t id = file.integer_or(key, -1);
    if (id < -1 || id >= config.vocab_size)
      throw Error(ErrorCode::invalid_argument, file.source() + ": metadata " + key + " " + std::to_string(id) +
                                                   " is outside the vocabulary of " +
                                                   std::to_string(config.vocab_size));
    const auto token = static_cast<int32_t>(id);
    if (id >= 0 &&
        std::find(config.eos_token_ids.begin(), config.eos_token_ids.end(), token) == config.eos_token_ids.end())
      config.eos_token_ids.push_back(token);
  }
}

void un_permute(std::vector<float>& data, const std::string& name, const ModelConfig& config) {
  const bool query = name.find(".q_proj.") != std::string::npos;
  if (!query && name.find(".k_proj.") == std::string::npos) return;
  const auto heads = static_cast<std::size_t>(query ? config.num_attention_heads : config.num_key_value_heads);
  const auto head_dim = static_cast<std::size_t>(config.head_dim);
  adjacent_to_half_split(data, heads, head_dim, data.size() / (heads * head_dim));
}

}  // namespace

ModelConfig gguf_model_config(const GgufFile& file) {
  ModelConfig config;
  config.model_type = file.text("general.architecture");
  const std::string prefix = config.model_type + ".";
  if (config.model_type != "llama" && config.model_type != "qwen2" && config.model_type != "qwen3")
    unsupported(file, "architecture '" + config.model_type + "' is not supported; supported: llama, qwen2, qwen3");
  config.vocab_size = vocabulary_size(file);
  config.hidden_size = file.integer(prefix + "embedding_length");
  config.intermediate_size = per_layer_integer(file, prefix + "feed_forward_length", 0);
  config.num_hidden_layers = file.integer(prefix + "block_count");
  config.num_attention_heads = per_layer_integer(file, prefix + "attention.head_count", 0);
  config.num_key_value_heads = per_layer_integer(file, prefix + "attention.head_count_kv", config.num_attention_heads);
  config.max_position_embeddings = file.integer_or(prefix + "context_length", 2048);
  if (config.num_attention_heads < 1)
    throw Error(ErrorCode::invalid_argument,
                file.source() + ": metadata " + prefix + "attention.head_count must be at least 1");
  config.head_dim = file.integer_or(prefix + "attention.key_length", config.hidden_size / config.num_attention_heads);
  config.rms_norm_eps = shortest_decimal(file.number_or(prefix + "attention.layer_norm_rms_epsilon", 1e-6));
  config.tie_word_embeddings = file.find("output.weight") == nullptr;
  config.attention_bias = file.find("blk.0.attn_q.bias") != nullptr;
  config.attention_output_bias = file.find("blk.0.attn_output.bias") != nullptr;
  config.mlp_bias = file.find("blk.0.ffn_gate.bias") != nullptr;
  config.qk_norm = config.model_type == "qwen3";
  const bool qwen2 = config.model_type == "qwen2";
  if (config.attention_output_bias != (config.attention_bias && !qwen2) || (qwen2 && !config.attention_bias) ||
      (config.mlp_bias && config.model_type != "llama"))
    unsupported(file, "this combination of bias tensors is unknown to architecture " + config.model_type);
  read_rope(file, prefix, config);
  read_token_ids(file, config);
  check_model_config(config, file.source());
  refuse_unsupported_parts(file, prefix, config);
  if (const GgufTensor* factors = file.find(kRopeFactors)) read_rope_factors(file, *factors, config);
  check_model_config(config, file.source());
  return config;
}

WeightSet gguf_weights(const GgufFile& file, const ModelConfig& config) {
  std::set<std::string, std::less<>> used{kRopeFactors};
  std::vector<std::pair<TensorSpec, const GgufTensor*>> plan;
  for (TensorSpec& spec : expected_tensors(config)) {
    const std::string name = gguf_name(spec.name);
    const GgufTensor* tensor = file.find(name);
    if (tensor == nullptr) throw Error(ErrorCode::not_found, file.source() + ": tensor " + name + " is missing");
    if (tensor->shape != spec.shape)
      throw Error(ErrorCode::invalid_argument,
                  file.source() + ": tensor " + name + " does not have the shape that the metadata gives it");
    used.insert(name);
    plan.emplace_back(std::move(spec), tensor);
  }
  for (const GgufTensor& tensor : file.tensors())
    if (!used.contains(tensor.name))
      unsupported(file, "tensor " + tensor.name + " is unknown to architecture " + config.model_type);
  WeightSet weights;
  weights.tensors.reserve(plan.size());
  for (auto& [spec, tensor] : plan) {
    std::vector<float> data = file.read(*tensor);
    if (config.model_type == "llama") un_permute(data, spec.name, config);
    weights.tensors.push_back({std::move(spec.name), std::move(spec.shape), std::move(data)});
  }
  return weights;
}

}  // namespace hone
