#include "policy/format/llama2c_import.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <span>
#include <utility>

#include "policy/format/byte_reader.h"
#include "policy/format/dtype.h"
#include "policy/format/folder_writer.h"
#include "policy/format/rotary_layout.h"
#include "policy/weights.h"
#include "proto/base/error.h"
#include "proto/base/file.h"

namespace hone {
namespace {

constexpr int kBeginToken = 1;
constexpr int kEndToken = 2;

struct Header {
  int32_t dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len;
};

Header read_header(ByteReader& reader) {
  Header header{};
  for (int32_t* field : {&header.dim, &header.hidden_dim, &header.n_layers, &header.n_heads, &header.n_kv_heads,
                         &header.vocab_size, &header.seq_len})
    *field = reader.read<int32_t>("header");
  return header;
}

ModelConfig config_from_header(const Header& header, const std::string& source) {
  ModelConfig config;
  config.model_type = "llama";
  config.vocab_size = std::abs(int64_t{header.vocab_size});
  config.tie_word_embeddings = header.vocab_size > 0;
  config.hidden_size = header.dim;
  config.intermediate_size = header.hidden_dim;
  config.num_hidden_layers = header.n_layers;
  config.num_attention_heads = header.n_heads;
  config.num_key_value_heads = header.n_kv_heads;
  config.max_position_embeddings = header.seq_len;
  config.rms_norm_eps = 1e-5;
  if (header.n_heads < 1 || header.dim < 1 || header.dim % header.n_heads != 0)
    throw Error(ErrorCode::invalid_argument, source + ": n_heads " + std::to_string(header.n_heads) +
                                                 " does not divide dim " + std::to_string(header.dim) +
                                                 "; is this a llama2.c legacy checkpoint?");
  config.head_dim = header.dim / header.n_heads;
  config.bos_token_id = kBeginToken;
  // llama2.c marks both: a sampled begin token starts the next story.
  config.eos_token_ids = {kEndToken, kBeginToken};
  check_model_config(config, source);
  return config;
}

class TensorReader {
 public:
  TensorReader(ByteReader& reader, const ModelConfig& config, const std::string& source)
      : reader_(reader), config_(config) {
    const auto table =
        static_cast<uint64_t>(config.max_position_embeddings) * static_cast<uint64_t>(config.head_dim / 2);
    const uint64_t floats = static_cast<uint64_t>(config.parameter_count()) + 2 * table;
    if (reader.remaining() != floats * sizeof(float))
      throw Error(ErrorCode::data_loss, source + ": the header asks for " + std::to_string(floats * sizeof(float)) +
                                            " bytes of tensors, the file has " + std::to_string(reader.remaining()));
    for (const TensorSpec& spec : expected_tensors(config)) elements_[spec.name] = count(spec);
  }

  void read_all() {
    one("model.embed_tokens.weight");
    per_layer("input_layernorm");
    per_layer("self_attn.q_proj", config_.num_attention_heads);
    per_layer("self_attn.k_proj", config_.num_key_value_heads);
    for (const char* part : {"self_attn.v_proj", "self_attn.o_proj", "post_attention_layernorm", "mlp.gate_proj",
                             "mlp.down_proj", "mlp.up_proj"})
      per_layer(part);
    one("model.norm.weight");
    const auto table = static_cast<uint64_t>(config_.max_position_embeddings * (config_.head_dim / 2));
    reader_.take(2 * table * sizeof(float), "rotary tables");
    if (!config_.tie_word_embeddings) one("lm_head.weight");
  }

  WeightSet take() {
    WeightSet weights;
    for (TensorSpec& spec : expected_tensors(config_)) {
      auto data = std::move(data_.at(spec.name));
      weights.tensors.push_back({std::move(spec.name), std::move(spec.shape), std::move(data)});
    }
    return weights;
  }

 private:
  static std::size_t count(const TensorSpec& spec) {
    std::size_t n = 1;
    for (const int64_t extent : spec.shape) n *= static_cast<std::size_t>(extent);
    return n;
  }

  std::vector<float>& one(const std::string& name) {
    std::vector<float>& data = data_[name];
    data.resize(elements_.at(name));
    widen(FloatType::float32, reader_.take(data.size() * sizeof(float), name), data);
    return data;
  }

  /// heads > 0: rows of adjacent rotary pairs.
  void per_layer(const std::string& part, int64_t heads = 0) {
    for (int64_t layer = 0; layer < config_.num_hidden_layers; ++layer) {
      std::vector<float>& data = one("model.layers." + std::to_string(layer) + "." + part + ".weight");
      if (heads > 0)
        adjacent_to_half_split(data, static_cast<std::size_t>(heads), static_cast<std::size_t>(config_.head_dim),
                               static_cast<std::size_t>(config_.hidden_size));
    }
  }

  ByteReader& reader_;
  const ModelConfig& config_;
  std::map<std::string, std::size_t> elements_;
  std::map<std::string, std::vector<float>> data_;
};

}  // namespace

ImportReport import_llama2c(const std::filesystem::path& bin_path, const std::filesystem::path& out_dir,
                            const std::string& dtype) {
  const MappedFile file(bin_path);
  const std::string source = bin_path.string();
  ByteReader reader(file.bytes(), source);
  ImportReport report;
  report.config = config_from_header(read_header(reader), source);
  report.config.torch_dtype = dtype;
  TensorReader tensors(reader, report.config, source);
  tensors.read_all();
  const WeightSet weights = tensors.take();
  write_model_folder(out_dir, report.config, weights.views(), dtype, {});
  report.notes.push_back(
      "llama2.c's tokenizer is a scored SentencePiece BPE, not byte-level: no tokenizer.json was written.");
  return report;
}

std::vector<std::string> read_llama2c_vocabulary(const std::filesystem::path& path) {
  const MappedFile file(path);
  const std::string source = path.string();
  ByteReader reader(file.bytes(), source);
  const auto longest = reader.read<int32_t>("longest token length");
  std::vector<std::string> tokens;
  while (reader.remaining() > 0) {
    reader.read<float>("token score");
    const auto length = reader.read<int32_t>("token length");
    if (length < 0 || length > longest)
      throw Error(ErrorCode::invalid_argument, source + ": token " + std::to_string(tokens.size()) + " is " +
                                                   std::to_string(length) + " bytes long, the header allows 0.." +
                                                   std::to_string(longest));
    const auto bytes = reader.take(static_cast<uint64_t>(length), "token");
    tokens.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return tokens;
}

}  // namespace hone
