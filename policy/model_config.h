// A decoder-only transformer's shape, under Hugging Face's config.json names.
// Families: llama, qwen2, qwen3 (RMSNorm, RoPE, grouped-query attention, SwiGLU). Layouts of transformers 4
// (`rope_theta`, `rope_scaling`, `torch_dtype`) and 5 (`rope_parameters`, `dtype`) are read. Plain data; no torch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hone {

enum class RopeType : uint8_t { standard, llama3, linear };

struct RopeScaling {
  RopeType type = RopeType::standard;
  double factor = 1.0;
  double low_freq_factor = 1.0;                  // llama3
  double high_freq_factor = 4.0;                 // llama3
  int64_t original_max_position_embeddings = 0;  // llama3
};

struct ModelConfig {
  std::string model_type;  // "llama", "qwen2", "qwen3"
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;
  int64_t num_key_value_heads = 0;
  int64_t head_dim = 0;  // default hidden_size / num_attention_heads
  int64_t max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000.0;
  RopeScaling rope_scaling;
  bool tie_word_embeddings = false;
  bool attention_bias = false;         // biases on q, k, v (qwen2: always) ...
  bool attention_output_bias = false;  // ... and on o (llama and qwen3 with attention_bias)
  bool mlp_bias = false;
  bool qk_norm = false;  // RMSNorm per head on q and k (qwen3)

  // From config.json and generation_config.json together; -1 / empty = none.
  int64_t bos_token_id = -1;
  std::vector<int32_t> eos_token_ids;  // every one ends a text
  int64_t pad_token_id = -1;
  std::string torch_dtype = "float32";  // of the stored weights

  int64_t q_size() const { return num_attention_heads * head_dim; }
  int64_t kv_size() const { return num_key_value_heads * head_dim; }
  int64_t parameter_count() const;
};

/// Reads and validates; `source` names the file in messages. Throws invalid_argument with the field and the limit
/// ("config.json: num_key_value_heads 3 does not divide num_attention_heads 8"), unimplemented for another model_type,
/// for unsupported rope types, for active sliding windows, for hidden_act other than silu.
ModelConfig model_config_from_json(const nlohmann::json& json, const std::string& source);

/// Adds what generation_config.json says of special tokens: its end-of-text ids join the config's, its bos and pad fill
/// absent ones.
void merge_generation_config(ModelConfig& config, const nlohmann::json& json, const std::string& source);

/// Throws invalid_argument / unimplemented for the first field out of its limits; model_config_from_json ends with it.
void check_model_config(const ModelConfig& config, const std::string& source);

/// config.json in the transformers-4 layout; round-trips through model_config_from_json.
nlohmann::json model_config_to_json(const ModelConfig& config);

/// Inverse frequencies [head_dim / 2] in float32, scaling applied as transformers computes it.
std::vector<float> rope_inverse_frequencies(const ModelConfig& config);

}  // namespace hone
