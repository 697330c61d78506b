// GGUF files, versions 2 and 3 (llama.cpp's model format): metadata and tensors, read from a memory map.
//
//   "GGUF" u32 version u64 tensor_count u64 metadata_count
//   metadata: string key, u32 type, value          string: u64 length, bytes     array: u32 type, u64 count, values
//   tensors:  string name, u32 dims, u64 extent[dims] (innermost first), u32 type, u64 offset
//   padding to general.alignment (32), then the data section that the offsets count from
//
// Files are untrusted: counts and lengths are checked against the file size before anything is allocated.
// Little-endian only. Thread rule: const after construction; read() may run on any number of threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proto/base/file.h"

namespace hone {

/// Integers of every width are int64_t (a u64 above its range is refused), floats double. Strings borrow from the file.
using GgufValue = std::variant<int64_t, double, bool, std::string_view, std::vector<int64_t>, std::vector<double>,
                               std::vector<std::string_view>>;

struct GgufTensor {
  std::string name;
  std::vector<int64_t> shape;  // row-major, as Hugging Face writes it: [rows, columns]
  uint32_t type = 0;           // ggml's number, see gguf_dequantize.h
  uint64_t elements = 0;
  std::span<const std::byte> bytes;
};

class GgufFile {
 public:
  /// Throws data_loss (truncated), invalid_argument (damaged or lying), unimplemented (version, byte order, nested
  /// arrays).
  explicit GgufFile(const std::filesystem::path& path);

  const std::string& source() const { return source_; }
  const std::map<std::string, GgufValue, std::less<>>& metadata() const { return metadata_; }
  const std::vector<GgufTensor>& tensors() const { return tensors_; }
  const GgufTensor* find(std::string_view name) const;  // nullptr when absent

  /// Typed metadata. The plain forms throw invalid_argument when the key is absent; all do when its type differs.
  int64_t integer(const std::string& key) const;
  int64_t integer_or(const std::string& key, int64_t fallback) const;
  double number_or(const std::string& key, double fallback) const;
  bool boolean_or(const std::string& key, bool fallback) const;
  std::string text(const std::string& key) const;
  std::string text_or(const std::string& key, const std::string& fallback) const;
  bool has(const std::string& key) const { return metadata_.contains(key); }
  /// Array of T (int64_t, double, std::string_view), nullptr when the key is absent.
  template <class T>
  const std::vector<T>* array(const std::string& key) const {
    const auto it = metadata_.find(key);
    if (it == metadata_.end()) return nullptr;
    if (const auto* values = std::get_if<std::vector<T>>(&it->second)) return values;
    wrong_type(key, "an array of another type");
  }

  /// All values of a tensor as float32. Throws unimplemented for a type without a reader, naming type and tensor.
  std::vector<float> read(const GgufTensor& tensor) const;

 private:
  [[noreturn]] void wrong_type(const std::string& key, const std::string& wanted) const;

  MappedFile file_;
  std::string source_;
  std::map<std::string, GgufValue, std::less<>> metadata_;
  std::vector<GgufTensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

}  // namespace hone
