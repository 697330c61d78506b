// safetensors files: u64 header length, JSON header, tensor data (huggingface/safetensors format document).
//
// Files are untrusted. Checked on opening: the header fits the file and the format's limit of 100 MB, is an object
// without duplicate names, every tensor's shape and dtype give exactly its byte range, and the ranges cover the data
// without holes or overlap. A file shorter than its header says is data_loss with both sizes.
// Thread rule: SafetensorsFile is const after construction; read() may run on any number of threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/format/dtype.h"
#include "policy/weights.h"
#include "proto/base/file.h"

namespace hone {

struct TensorEntry {
  std::string name;
  std::string dtype;           // safetensors' name: "F32", "BF16", "I64"...
  std::vector<int64_t> shape;  // row-major
  uint64_t elements = 0;
  uint64_t bytes = 0;
  uint64_t offset = 0;  // from the beginning of the file
  std::string file;     // file name without directory
};

class SafetensorsFile {
 public:
  /// Throws not_found, data_loss, invalid_argument, or unimplemented for an unknown dtype.
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::vector<TensorEntry>& entries() const { return entries_; }  // in file order
  const TensorEntry* find(std::string_view name) const;                 // nullptr when absent
  const std::string& source() const { return source_; }

  /// Widens one of entries() to float32; out.size() must be its element count. Throws unimplemented unless F32, F16 or
  /// BF16.
  void read(const TensorEntry& entry, std::span<float> out) const;

 private:
  MappedFile file_;
  std::string source_;
  std::vector<TensorEntry> entries_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

/// The safetensors files of a model folder (model.safetensors, or the shards of model.safetensors.index.json, in name
/// order) or, for a path that is a file, that file. Throws not_found; unimplemented when only pickled weights (.bin,
/// .pt, .pth, .ckpt) are there, since unpickling runs code.
std::vector<std::filesystem::path> safetensors_files(const std::filesystem::path& path);

/// Says what to do with a file where a model folder is needed: unimplemented for pickled weights, else invalid_argument.
[[noreturn]] void refuse_model_file(const std::filesystem::path& path);

/// All tensors of a file or model folder, without reading their data.
std::vector<TensorEntry> list_tensors(const std::filesystem::path& path);

/// Tensor name -> shard file name from model.safetensors.index.json. Names of shards are plain file names.
std::map<std::string, std::string> read_shard_index(const std::filesystem::path& index_path);

inline constexpr uint64_t kMaxShardBytes = 5'000'000'000;

/// Writes `weights` in order as model.safetensors, or, when their bytes exceed `shard_bytes`, as
/// model-00001-of-0000N.safetensors with model.safetensors.index.json. Files are synced, not renamed into place: `dir`
/// is a temporary folder. Throws invalid_argument when a finite value does not fit float16.
void write_safetensors(const std::filesystem::path& dir, std::span<const WeightView> weights, FloatType type,
                       uint64_t shard_bytes = kMaxShardBytes);

}  // namespace hone
