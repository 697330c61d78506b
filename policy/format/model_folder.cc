#include "policy/model_folder.h"

#include <cstddef>
#include <deque>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/format/folder_writer.h"
#include "policy/format/safetensors.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

/// Old checkpoints carry the rotary frequencies as a buffer; a tied head repeats the embedding.
bool may_be_ignored(const std::string& name, const ModelConfig& config) {
  return name.ends_with("rotary_emb.inv_freq") || (config.tie_word_embeddings && name == "lm_head.weight");
}

std::string shape_text(const std::vector<int64_t>& shape) { return Json(shape).dump(); }

/// Where each tensor of a folder lies; refuses a name in two files and, with an index, a tensor outside its shard.
class TensorTable {
 public:
  explicit TensorTable(const fs::path& dir) {
    for (const auto& path : safetensors_files(dir)) files_.emplace_back(path);
    for (const SafetensorsFile& file : files_)
      for (const TensorEntry& entry : file.entries())
        if (const auto [it, fresh] = tensors_.emplace(entry.name, Place{&file, &entry}); !fresh)
          throw Error(ErrorCode::invalid_argument, dir.string() + ": tensor " + entry.name + " is in both " +
                                                       it->second.entry->file + " and " + entry.file);
    const fs::path index = dir / "model.safetensors.index.json";
    if (!fs::exists(dir / "model.safetensors")) check_index(read_shard_index(index), index.string());
  }

  struct Place {
    const SafetensorsFile* file;
    const TensorEntry* entry;
  };
  const std::map<std::string, Place>& tensors() const { return tensors_; }

 private:
  void check_index(const std::map<std::string, std::string>& index, const std::string& source) const {
    for (const auto& [name, file] : index) {
      const auto it = tensors_.find(name);
      if (it == tensors_.end() || it->second.entry->file != file)
        throw Error(ErrorCode::invalid_argument,
                    source + ": tensor " + name + " is mapped to " + file + ", which does not hold it");
    }
    for (const auto& [name, place] : tensors_)
      if (!index.contains(name))
        throw Error(ErrorCode::invalid_argument,
                    source + ": " + place.entry->file + " holds tensor " + name + ", which the index does not list");
  }

  std::deque<SafetensorsFile> files_;  // stays in place: SafetensorsFile does not move
  std::map<std::string, Place> tensors_;
};

}  // namespace

ModelFolder open_model_folder(const fs::path& dir) {
  if (fs::is_regular_file(dir)) refuse_model_file(dir);
  require_directory(dir, "model folder");
  ModelFolder folder;
  folder.path = dir;
  const fs::path config_path = dir / "config.json";
  require_file(config_path, "model config");
  folder.config = model_config_from_json(read_json_file(config_path), config_path.string());
  const fs::path generation_path = dir / "generation_config.json";
  if (fs::exists(generation_path))
    merge_generation_config(folder.config, read_json_file(generation_path), generation_path.string());
  const fs::path tokenizer_path = dir / "tokenizer.json";
  if (fs::exists(tokenizer_path)) folder.tokenizer_json = read_file(tokenizer_path);
  return folder;
}

WeightSet load_weights(const ModelFolder& folder) {
  const TensorTable table(folder.path);
  const std::string where = folder.path.string();
  const auto expected = expected_tensors(folder.config);
  std::set<std::string_view> known;
  for (const TensorSpec& spec : expected) {
    const auto it = table.tensors().find(spec.name);
    if (it == table.tensors().end())
      throw Error(ErrorCode::not_found, where + ": tensor " + spec.name +
                                            " is missing; config.json asks for it with shape " +
                                            shape_text(spec.shape));
    if (it->second.entry->shape != spec.shape)
      throw Error(ErrorCode::invalid_argument, it->second.file->source() + ": tensor " + spec.name + " has shape " +
                                                   shape_text(it->second.entry->shape) + ", config.json gives " +
                                                   shape_text(spec.shape));
    known.insert(spec.name);
  }
  for (const auto& [name, place] : table.tensors())
    if (!known.contains(name) && !may_be_ignored(name, folder.config))
      throw Error(ErrorCode::invalid_argument, place.file->source() + ": tensor " + name +
                                                   " is unknown to model_type " + folder.config.model_type +
                                                   " with this config.json");
  WeightSet weights;
  weights.tensors.reserve(expected.size());
  for (const TensorSpec& spec : expected) {
    const auto& [file, entry] = table.tensors().at(spec.name);
    std::vector<float> data(static_cast<std::size_t>(entry->elements));
    file->read(*entry, data);
    weights.tensors.push_back({spec.name, spec.shape, std::move(data)});
  }
  return weights;
}

void save_model_folder(const fs::path& dir, const ModelConfig& config, std::span<const WeightView> weights,
                       const std::string& dtype, const fs::path& tokenizer_source) {
  std::vector<FolderFile> files;
  if (!tokenizer_source.empty()) {
    require_directory(tokenizer_source, "tokenizer source");
    for (const char* name : tokenizer_file_names())
      if (fs::exists(tokenizer_source / name)) files.push_back({name, read_file(tokenizer_source / name)});
  }
  write_model_folder(dir, config, weights, dtype, files);
}

}  // namespace hone
