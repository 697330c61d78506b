#include "policy/model_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "policy/format/json_fields.h"
#include "policy/weights.h"
#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {
namespace {

constexpr int64_t kMaxVocab = int64_t{1} << 24;
constexpr int64_t kMaxWidth = int64_t{1} << 20;
constexpr int64_t kMaxLayers = 4096;
constexpr int64_t kMaxHeads = 65536;
constexpr int64_t kMaxHeadDim = 4096;
constexpr int64_t kMaxPositions = int64_t{1} << 30;

struct Family {
  std::string_view model_type;
  std::string_view architecture;
};
constexpr std::array<Family, 3> kFamilies{
    {{"llama", "LlamaForCausalLM"}, {"qwen2", "Qwen2ForCausalLM"}, {"qwen3", "Qwen3ForCausalLM"}}};

[[noreturn]] void unsupported(const std::string& source, const std::string& what) {
  throw Error(ErrorCode::unimplemented, source + ": " + what);
}

void require_family(const std::string& model_type, const std::string& source) {
  for (const Family& family : kFamilies)
    if (family.model_type == model_type) return;
  unsupported(source, "model_type '" + model_type + "' is not supported; supported: llama, qwen2, qwen3");
}

RopeType rope_type_from_string(const std::string& name, const std::string& source) {
  if (name == "default") return RopeType::standard;
  if (name == "llama3") return RopeType::llama3;
  if (name == "linear") return RopeType::linear;
  unsupported(source, "rope type '" + name + "' is not supported; supported: default, linear, llama3");
}

std::string_view to_string(RopeType type) {
  switch (type) {
    case RopeType::standard: return "default";
    case RopeType::llama3: return "llama3";
    case RopeType::linear: return "linear";
  }
  return "default";
}

/// `object` is rope_scaling (transformers 4) or rope_parameters (5); early files call rope_type "type".
void read_rope_object(const Json& object, const std::string& source, ModelConfig& config) {
  const JsonFields fields(object, source);
  const std::string name = fields.text_or("rope_type", fields.text_or("type", "default"));
  RopeScaling& rope = config.rope_scaling;
  rope.type = rope_type_from_string(name, source);
  config.rope_theta = fields.number_or("rope_theta", config.rope_theta, 1e-3, 1e12);
  if (fields.number_or("partial_rotary_factor", 1.0, 0.0, 1.0) != 1.0)
    unsupported(source, "partial_rotary_factor other than 1 is not supported");
  if (rope.type == RopeType::standard) return;
  rope.factor = fields.number("factor", 1.0, 1e6);
  if (rope.type != RopeType::llama3) return;
  rope.low_freq_factor = fields.number("low_freq_factor", 1e-6, 1e6);
  rope.high_freq_factor = fields.number("high_freq_factor", 1e-6, 1e6);
  rope.original_max_position_embeddings = fields.integer("original_max_position_embeddings", 1, kMaxPositions);
}

void read_rope(const JsonFields& fields, ModelConfig& config) {
  config.rope_theta = fields.number_or("rope_theta", config.rope_theta, 1e-3, 1e12);
  if (fields.number_or("partial_rotary_factor", 1.0, 0.0, 1.0) != 1.0)
    unsupported(fields.source(), "partial_rotary_factor other than 1 is not supported");
  for (const char* name : {"rope_scaling", "rope_parameters"})
    if (const Json* object = fields.find(name)) read_rope_object(*object, fields.source() + ": " + name, config);
}

/// qwen layers from max_window_layers on use the window when use_sliding_window is set; llama has none.
void refuse_sliding_window(const JsonFields& fields, const ModelConfig& config) {
  if (config.model_type == "llama") return;
  const int64_t first = fields.integer_or("max_window_layers", 0, 0, std::numeric_limits<int32_t>::max());
  const bool used = fields.boolean_or("use_sliding_window", false) && fields.has("sliding_window");
  bool listed = false;
  if (const Json* types = fields.find("layer_types"); types != nullptr && types->is_array())
    listed = std::any_of(types->begin(), types->end(), [](const Json& type) { return type == "sliding_attention"; });
  if (listed || (used && first < config.num_hidden_layers))
    unsupported(fields.source(), "sliding-window attention is not supported (use_sliding_window, layer_types)");
}

std::string read_dtype(const JsonFields& fields) {
  std::string name = fields.text_or("dtype", fields.text_or("torch_dtype", "float32"));
  if (name.starts_with("torch.")) name.erase(0, 6);
  return name;
}

void read_biases(const JsonFields& fields, ModelConfig& config) {
  const bool flag = fields.boolean_or("attention_bias", false);
  const bool qwen2 = config.model_type == "qwen2";
  config.attention_bias = qwen2 || flag;
  config.attention_output_bias = !qwen2 && flag;
  config.mlp_bias = config.model_type == "llama" && fields.boolean_or("mlp_bias", false);
  config.qk_norm = config.model_type == "qwen3";
}

void read_shape(const JsonFields& fields, ModelConfig& config) {
  config.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
  config.hidden_size = fields.integer("hidden_size", 1, kMaxWidth);
  config.intermediate_size = fields.integer("intermediate_size", 1, kMaxWidth * 4);
  config.num_hidden_layers = fields.integer("num_hidden_layers", 1, kMaxLayers);
  config.num_attention_heads = fields.integer("num_attention_heads", 1, kMaxHeads);
  config.num_key_value_heads = fields.integer_or("num_key_value_heads", config.num_attention_heads, 1, kMaxHeads);
  if (!fields.has("head_dim") && config.hidden_size % config.num_attention_heads != 0)
    fields.fail("num_attention_heads", "does not divide hidden_size " + std::to_string(config.hidden_size) +
                                           "; give head_dim where it is not their quotient");
  config.head_dim = fields.integer_or("head_dim", config.hidden_size / config.num_attention_heads, 1, kMaxHeadDim);
  config.max_position_embeddings = fields.integer_or("max_position_embeddings", 2048, 1, kMaxPositions);
}

void add_end_ids(ModelConfig& config, const std::vector<int32_t>& ids) {
  for (const int32_t id : ids)
    if (std::find(config.eos_token_ids.begin(), config.eos_token_ids.end(), id) == config.eos_token_ids.end())
      config.eos_token_ids.push_back(id);
}

/// Some files say -1 for "none".
int64_t read_token_id(const JsonFields& fields, const std::string& name, const ModelConfig& config) {
  return fields.integer_or(name, -1, -1, config.vocab_size - 1);
}

void check_range(const std::string& source, const char* name, int64_t value, int64_t min, int64_t max) {
  if (value < min || value > max)
    throw Error(ErrorCode::invalid_argument, source + ": " + name + " " + std::to_string(value) + ": must lie in " +
                                                 std::to_string(min) + ".." + std::to_string(max));
}

void check_rope(const ModelConfig& config, const std::string& source) {
  const RopeScaling& rope = config.rope_scaling;
  if (!(config.rope_theta > 0.0) || !std::isfinite(config.rope_theta) || !(rope.factor > 0.0))
    throw Error(ErrorCode::invalid_argument, source + ": rope_theta and the rope factor must be positive");
  if (rope.type == RopeType::llama3 && !(rope.high_freq_factor > rope.low_freq_factor))
    throw Error(ErrorCode::invalid_argument, source + ": rope_scaling: high_freq_factor must be above low_freq_factor");
}

}  // namespace

int64_t ModelConfig::parameter_count() const {
  int64_t count = 0;
  for (const TensorSpec& tensor : expected_tensors(*this)) {
    int64_t elements = 1;
    for (const int64_t n : tensor.shape) elements *= n;
    count += elements;
  }
  return count;
}

void check_model_config(const ModelConfig& config, const std::string& source) {
  require_family(config.model_type, source);
  check_range(source, "vocab_size", config.vocab_size, 1, kMaxVocab);
  check_range(source, "hidden_size", config.hidden_size, 1, kMaxWidth);
  check_range(source, "intermediate_size", config.intermediate_size, 1, kMaxWidth * 4);
  check_range(source, "num_hidden_layers", config.num_hidden_layers, 1, kMaxLayers);
  check_range(source, "num_attention_heads", config.num_attention_heads, 1, kMaxHeads);
  check_range(source, "num_key_value_heads", config.num_key_value_heads, 1, kMaxHeads);
  check_range(source, "head_dim", config.head_dim, 2, kMaxHeadDim);
  check_range(source, "max_position_embeddings", config.max_position_embeddings, 1, kMaxPositions);
  if (config.num_attention_heads % config.num_key_value_heads != 0)
    throw Error(ErrorCode::invalid_argument,
                source + ": num_key_value_heads " + std::to_string(config.num_key_value_heads) +
                    " does not divide num_attention_heads " + std::to_string(config.num_attention_heads));
  if (config.head_dim % 2 != 0)
    throw Error(ErrorCode::invalid_argument,
                source + ": head_dim " + std::to_string(config.head_dim) + ": rotary embedding needs an even size");
  check_range(source, "attention width (num_attention_heads * head_dim)", config.q_size(), 1, kMaxWidth * 4);
  if (!(config.rms_norm_eps > 0.0 && config.rms_norm_eps < 1.0))
    throw Error(ErrorCode::invalid_argument, source + ": rms_norm_eps must lie between 0 and 1");
  check_rope(config, source);
  check_range(source, "bos_token_id", config.bos_token_id, -1, config.vocab_size - 1);
  check_range(source, "pad_token_id", config.pad_token_id, -1, config.vocab_size - 1);
  for (const int32_t id : config.eos_token_ids) check_range(source, "eos_token_id", id, 0, config.vocab_size - 1);
}

ModelConfig model_config_from_json(const Json& json, const std::string& source) {
  const JsonFields fields(json, source);
  ModelConfig config;
  if (!fields.has("model_type"))
    throw Error(ErrorCode::invalid_argument, source + ": field model_type is missing; is this a model's config.json?");
  config.model_type = fields.text_or("model_type", "");
  require_family(config.model_type, source);
  if (fields.has("quantization_config"))
    unsupported(source, "quantization_config: quantised checkpoints are not supported; use the unquantised model");
  const std::string activation = fields.text_or("hidden_act", "silu");
  if (activation != "silu" && activation != "swish")
    unsupported(source, "hidden_act '" + activation + "' is not supported; supported: silu");

  read_shape(fields, config);
  config.rms_norm_eps = fields.number_or("rms_norm_eps", 1e-6, 1e-30, 0.5);
  read_rope(fields, config);
  refuse_sliding_window(fields, config);
  read_biases(fields, config);
  config.tie_word_embeddings = fields.boolean_or("tie_word_embeddings", false);
  config.bos_token_id = read_token_id(fields, "bos_token_id", config);
  config.pad_token_id = read_token_id(fields, "pad_token_id", config);
  add_end_ids(config, fields.token_ids("eos_token_id", config.vocab_size));
  config.torch_dtype = read_dtype(fields);
  check_model_config(config, source);
  return config;
}

void merge_generation_config(ModelConfig& config, const Json& json, const std::string& source) {
  const JsonFields fields(json, source);
  add_end_ids(config, fields.token_ids("eos_token_id", config.vocab_size));
  if (config.bos_token_id < 0) config.bos_token_id = read_token_id(fields, "bos_token_id", config);
  if (config.pad_token_id < 0) config.pad_token_id = read_token_id(fields, "pad_token_id", config);
}

Json model_config_to_json(const ModelConfig& config) {
  Json json;
  for (const Family& family : kFamilies)
    if (family.model_type == config.model_type) json["architectures"] = Json::array({std::string(family.architecture)});
  json["model_type"] = config.model_type;
  json["vocab_size"] = config.vocab_size;
  json["hidden_size"] = config.hidden_size;
  json["intermediate_size"] = config.intermediate_size;
  json["num_hidden_layers"] = config.num_hidden_layers;
  json["num_attention_heads"] = config.num_attention_heads;
  json["num_key_value_heads"] = config.num_key_value_heads;
  json["head_dim"] = config.head_dim;
  json["max_position_embeddings"] = config.max_position_embeddings;
  json["hidden_act"] = "silu";
  json["rms_norm_eps"] = config.rms_norm_eps;
  json["rope_theta"] = config.rope_theta;
  json["tie_word_embeddings"] = config.tie_word_embeddings;
  json["torch_dtype"] = config.torch_dtype;
  json["use_cache"] = true;
  if (config.model_type != "qwen2") json["attention_bias"] = config.attention_bias;
  if (config.model_type == "llama") json["mlp_bias"] = config.mlp_bias;
  if (config.model_type != "llama") json["use_sliding_window"] = false;

  Json& scaling = json["rope_scaling"];
  const RopeScaling& rope = config.rope_scaling;
  if (rope.type != RopeType::standard)
    scaling = {{"rope_type", std::string(to_string(rope.type))}, {"factor", rope.factor}};
  if (rope.type == RopeType::llama3) {
    scaling["low_freq_factor"] = rope.low_freq_factor;
    scaling["high_freq_factor"] = rope.high_freq_factor;
    scaling["original_max_position_embeddings"] = rope.original_max_position_embeddings;
  }
  const auto id_or_null = [](int64_t id) { return id < 0 ? Json() : Json(id); };
  json["bos_token_id"] = id_or_null(config.bos_token_id);
  json["pad_token_id"] = id_or_null(config.pad_token_id);
  Json& ends = json["eos_token_id"];
  if (config.eos_token_ids.size() == 1) ends = config.eos_token_ids.front();
  if (config.eos_token_ids.size() > 1) ends = config.eos_token_ids;
  return json;
}

}  // namespace hone
