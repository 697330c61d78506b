#include "policy/format/folder_writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

#include "policy/format/dtype.h"
#include "policy/format/safetensors.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr std::array kTokenizerFiles = {"tokenizer.json",    "tokenizer_config.json", "special_tokens_map.json",
                                        "added_tokens.json", "chat_template.jinja",   "vocab.json",
                                        "merges.txt"};

[[noreturn]] void cannot(const fs::path& path, const std::string& what, const std::string& reason) {
  throw Error(ErrorCode::resource_exhausted, path.string() + ": cannot " + what + ": " + reason);
}

bool belongs_to_model_folder(const fs::directory_entry& item) {
  const std::string name = item.path().filename().string();
  if (!item.is_regular_file()) return false;
  if (name == "config.json" || name == "generation_config.json" || name == "model.safetensors.index.json") return true;
  if (name.ends_with(".safetensors")) return true;
  return std::find(kTokenizerFiles.begin(), kTokenizerFiles.end(), name) != kTokenizerFiles.end();
}

/// Replacing deletes what was there, so nothing else may be there.
void require_replaceable(const fs::path& dir) {
  if (!fs::exists(fs::symlink_status(dir))) return;
  if (!fs::is_directory(dir) || fs::is_symlink(dir))
    throw Error(ErrorCode::failed_precondition, dir.string() + ": exists and is no directory; choose another path");
  for (const auto& item : fs::directory_iterator(dir))
    if (!belongs_to_model_folder(item))
      throw Error(ErrorCode::failed_precondition,
                  dir.string() + ": exists and holds " + item.path().filename().string() +
                      ", which is no part of a model; choose another path or remove it");
}

/// Removes the temporary directory unless it was moved away.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(fs::path path) : path_(std::move(path)) {
    std::error_code error;
    fs::remove_all(path_, error);
    fs::create_directories(path_, error);
    if (error) cannot(path_, "create", error.message());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// After this, `dir` is the new folder and `fresh` the old one, if there was one.
void swap_into_place(const fs::path& fresh, const fs::path& dir) {
  if (::rename(fresh.c_str(), dir.c_str()) == 0) return;
  if (errno != ENOTEMPTY && errno != EEXIST) cannot(dir, "rename to", std::strerror(errno));
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, dir.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS) cannot(dir, "replace", std::strerror(errno));
  // A file system without exchange: for a moment there is no folder, never half of one.
  fs::path old = fresh;
  old += ".old";
  if (::rename(dir.c_str(), old.c_str()) != 0) cannot(dir, "move away", std::strerror(errno));
  if (::rename(fresh.c_str(), dir.c_str()) != 0) {
    const std::string reason = std::strerror(errno);
    static_cast<void>(::rename(old.c_str(), dir.c_str()));
    cannot(dir, "rename to", reason);
  }
  std::error_code ignored;
  fs::remove_all(old, ignored);
}

void check_weights(const ModelConfig& config, std::span<const WeightView> weights) {
  const auto expected = expected_tensors(config);
  for (const TensorSpec& spec : expected) {
    const auto it =
        std::find_if(weights.begin(), weights.end(), [&](const WeightView& w) { return w.name == spec.name; });
    if (it == weights.end()) throw Error(ErrorCode::invalid_argument, "weights to save lack tensor " + spec.name);
    std::size_t elements = 1;
    for (const int64_t n : spec.shape) elements *= static_cast<std::size_t>(n);
    if (it->shape != spec.shape || it->data.size() != elements)
      throw Error(ErrorCode::invalid_argument,
                  "tensor " + spec.name + " to save does not have the shape that the config gives it");
  }
  if (weights.size() != expected.size())
    throw Error(ErrorCode::invalid_argument, "weights to save are " + std::to_string(weights.size()) +
                                                 " tensors, the config has " + std::to_string(expected.size()));
}

std::string generation_config(const Json& config) {
  OrderedJson json;
  json["_from_model_config"] = true;
  for (const char* name : {"bos_token_id", "eos_token_id", "pad_token_id"})
    if (!config[name].is_null()) json[name] = OrderedJson::parse(config[name].dump());
  return json.dump(2) + "\n";
}

const FolderFile* find_file(const std::vector<FolderFile>& files, const char* name) {
  const auto it = std::find_if(files.begin(), files.end(), [&](const FolderFile& f) { return f.name == name; });
  return it == files.end() ? nullptr : &*it;
}

/// Without it transformers takes the tokenizer class of the model's type, which may read another tokenizer than tokenizer.json says.
std::string tokenizer_config(const FolderFile& tokenizer, const Json& config) {
  OrderedJson json;
  json["tokenizer_class"] = "PreTrainedTokenizerFast";
  json["clean_up_tokenization_spaces"] = false;
  const Json parsed = Json::parse(tokenizer.bytes, nullptr, false);
  const Json added = parsed.is_object() ? parsed.value("added_tokens", Json::array()) : Json::array();
  for (const char* role : {"bos", "eos", "pad"}) {
    const Json& id = config[std::string(role) + "_token_id"];
    const Json& first = id.is_array() && !id.empty() ? id[0] : id;
    for (const Json& token : added)
      if (!first.is_null() && token.is_object() && token.value("id", Json()) == first) json[std::string(role) + "_token"] = token.value("content", "");
  }
  return json.dump(2) + "\n";
}

}  // namespace

std::span<const char* const> tokenizer_file_names() { return kTokenizerFiles; }

void write_model_folder(const fs::path& dir, const ModelConfig& config, std::span<const WeightView> weights,
                        const std::string& dtype, const std::vector<FolderFile>& files) {
  const FloatType type = float_type_from_string(dtype);
  check_weights(config, weights);
  fs::path target = fs::absolute(dir).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  require_replaceable(target);
  fs::path sibling = target;
  sibling += ".tmp." + std::to_string(::getpid());
  const TemporaryDirectory fresh(sibling);

  ModelConfig stored = config;
  stored.torch_dtype = dtype;
  const Json json = model_config_to_json(stored);
  write_file_atomic(fresh.path() / "config.json", json.dump(2) + "\n");
  write_file_atomic(fresh.path() / "generation_config.json", generation_config(json));
  for (const FolderFile& file : files) write_file_atomic(fresh.path() / file.name, file.bytes);
  if (const FolderFile* tokenizer = find_file(files, "tokenizer.json"); tokenizer != nullptr && find_file(files, "tokenizer_config.json") == nullptr)
    write_file_atomic(fresh.path() / "tokenizer_config.json", tokenizer_config(*tokenizer, json));
  write_safetensors(fresh.path(), weights, type);
  sync_path(fresh.path());
  swap_into_place(fresh.path(), target);
  sync_path(target.parent_path());
}

}  // namespace hone
