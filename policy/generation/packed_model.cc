#include "policy/generation/packed_model.h"

#include <string>
#include <unordered_map>

#include "policy/kernels/parallel.h"
#include "proto/base/error.h"

namespace hone {
namespace {

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

using WeightMap = std::unordered_map<std::string, std::span<const float>>;

/// Every expected tensor, checked.
WeightMap collect(const ModelConfig& config, std::span<const WeightView> weights) {
  std::unordered_map<std::string, const WeightView*> given;
  for (const WeightView& view : weights) {
    if (!given.emplace(view.name, &view).second) {
      throw Error(ErrorCode::invalid_argument, "weights: tensor " + view.name + " is given twice");
    }
  }
  WeightMap map;
  for (const TensorSpec& spec : expected_tensors(config)) {
    const auto it = given.find(spec.name);
    if (it == given.end()) throw Error(ErrorCode::invalid_argument, "weights: tensor " + spec.name + " is missing");
    const WeightView& view = *it->second;
    int64_t size = 1;
    for (const int64_t d : spec.shape) size *= d;
    if (view.shape != spec.shape || static_cast<int64_t>(view.data.size()) != size) {
      throw Error(ErrorCode::invalid_argument, "weights: tensor " + spec.name + " has shape " + shape_text(view.shape) + " and " +
                                                   std::to_string(view.data.size()) + " values, expected shape " +
                                                   shape_text(spec.shape));
    }
    map.emplace(spec.name, view.data);
  }
  return map;
}

class LayerLoader {
 public:
  LayerLoader(const WeightMap& map, const ModelConfig& config, int64_t layer)
      : map_(map), config_(config), prefix_("model.layers." + std::to_string(layer) + ".") {}

  void load(PackedLayer& layer) const {
    const int64_t q = config_.q_size(), kv = config_.kv_size(), inner = config_.intermediate_size, hidden = config_.hidden_size;
    const Part qkv[] = {{"self_attn.q_proj", q}, {"self_attn.k_proj", kv}, {"self_attn.v_proj", kv}};
    const Part o[] = {{"self_attn.o_proj", hidden}};
    const Part gate_up[] = {{"mlp.gate_proj", inner}, {"mlp.up_proj", inner}};
    const Part down[] = {{"mlp.down_proj", hidden}};
    pack(qkv, layer.qkv, layer.qkv_bias);
    pack(o, layer.o, layer.o_bias);
    pack(gate_up, layer.gate_up, layer.gate_up_bias);
    pack(down, layer.down, layer.down_bias);
    layer.input_norm = vector("input_layernorm.weight");
    layer.post_attention_norm = vector("post_attention_layernorm.weight");
    layer.q_norm = vector("self_attn.q_norm.weight");
    layer.k_norm = vector("self_attn.k_norm.weight");
  }

 private:
  struct Part {
    const char* name;
    int64_t rows;
  };

  std::vector<float> vector(const std::string& name) const {
    const auto it = map_.find(prefix_ + name);
    return it == map_.end() ? std::vector<float>() : std::vector<float>(it->second.begin(), it->second.end());
  }

  void pack(std::span<const Part> parts, PackedMatrix& matrix, std::vector<float>& bias) const {
    bias.clear();
    int64_t row = 0;
    for (const Part& part : parts) {
      matrix.pack_rows(row, part.rows, map_.at(prefix_ + part.name + ".weight").data());
      row += part.rows;
      const std::vector<float> own = vector(std::string(part.name) + ".bias");
      bias.insert(bias.end(), own.begin(), own.end());
    }
    HONE_CHECK(bias.empty() || static_cast<int64_t>(bias.size()) == matrix.n(), "biases on some of fused projections only");
  }

  const WeightMap& map_;
  const ModelConfig& config_;
  std::string prefix_;
};

}  // namespace

PackedModel::PackedModel(const ModelConfig& config, WeightStorage storage) : config_(config), storage_(storage) {}

void PackedModel::allocate() {
  const int64_t hidden = config_.hidden_size;
  layers_.resize(static_cast<std::size_t>(config_.num_hidden_layers));
  for (PackedLayer& layer : layers_) {
    layer.qkv = PackedMatrix(config_.q_size() + 2 * config_.kv_size(), hidden, storage_);
    layer.o = PackedMatrix(hidden, config_.q_size(), storage_);
    layer.gate_up = PackedMatrix(2 * config_.intermediate_size, hidden, storage_);
    layer.down = PackedMatrix(hidden, config_.intermediate_size, storage_);
  }
  head_ = PackedMatrix(config_.vocab_size, hidden, storage_);
  if (!config_.tie_word_embeddings) embedding_ = PackedMatrix(config_.vocab_size, hidden, storage_);
}

void PackedModel::load(std::span<const WeightView> weights, ThreadPool& pool) {
  const WeightMap map = collect(config_, weights);
  if (layers_.empty()) allocate();
  pool.parallel_for(layers_.size(), [&](std::size_t l) { LayerLoader(map, config_, static_cast<int64_t>(l)).load(layers_[l]); });
  const std::span<const float> norm = map.at("model.norm.weight");
  final_norm_.assign(norm.begin(), norm.end());
  const auto pack_vocabulary = [&](const std::string& name, PackedMatrix& matrix) {
    const float* rows = map.at(name).data();
    parallel_ranges(&pool, matrix.n(), static_cast<double>(matrix.k()), matrix.panel_width(),
                    [&](int64_t begin, int64_t end) { matrix.pack_rows(begin, end - begin, rows + begin * matrix.k()); });
  };
  pack_vocabulary("model.embed_tokens.weight", config_.tie_word_embeddings ? head_ : embedding_);
  if (!config_.tie_word_embeddings) pack_vocabulary("lm_head.weight", head_);
  loaded_ = true;
}

void PackedModel::release() {
  layers_.clear();
  head_ = PackedMatrix();
  embedding_ = PackedMatrix();
  loaded_ = false;
}

void PackedModel::embedding(int32_t token, float* out) const {
  (config_.tie_word_embeddings ? head_ : embedding_).unpack_row(token, out);
}

int64_t PackedModel::matrix_bytes() const {
  int64_t bytes = head_.bytes();
  for (const PackedLayer& l : layers_) bytes += l.qkv.bytes() + l.o.bytes() + l.gate_up.bytes() + l.down.bytes();
  return bytes;
}

}  // namespace hone
