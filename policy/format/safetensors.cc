#include "policy/format/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <set>
#include <system_error>
#include <utility>

#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {
namespace {

constexpr uint64_t kMaxHeaderBytes = 100'000'000;
constexpr std::size_t kPrefixBytes = 8;
constexpr std::size_t kMaxDims = 16;

constexpr std::array<std::pair<std::string_view, uint64_t>, 15> kDtypeBytes{{{"F64", 8},
                                                                             {"F32", 4},
                                                                             {"F16", 2},
                                                                             {"BF16", 2},
                                                                             {"F8_E4M3", 1},
                                                                             {"F8_E5M2", 1},
                                                                             {"F8_E8M0", 1},
                                                                             {"I64", 8},
                                                                             {"I32", 4},
                                                                             {"I16", 2},
                                                                             {"I8", 1},
                                                                             {"U8", 1},
                                                                             {"U16", 2},
                                                                             {"U32", 4},
                                                                             {"U64", 8}}};

[[noreturn]] void invalid(const std::string& source, const std::string& what) {
  throw Error(ErrorCode::invalid_argument, source + ": " + what);
}

uint64_t dtype_bytes(const std::string& dtype, const std::string& where) {
  if (dtype == "BOOL") return 1;
  for (const auto& [name, bytes] : kDtypeBytes)
    if (name == dtype) return bytes;
  throw Error(ErrorCode::unimplemented, where + ": unknown dtype '" + dtype + "'");
}

/// nlohmann keeps the last of two equal keys; a lying file could hide a tensor behind that.
Json parse_header(std::string_view text, const std::string& source) {
  std::set<std::string> names;
  const auto refuse_duplicates = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth == 1 && event == Json::parse_event_t::key && !names.insert(parsed.get<std::string>()).second)
      invalid(source, "header: tensor " + parsed.get<std::string>() + " occurs twice");
    return true;
  };
  try {
    return Json::parse(text, refuse_duplicates);
  } catch (const Json::exception& e) {
    invalid(source, std::string("header is not valid JSON: ") + e.what());
  }
}

uint64_t unsigned_field(const Json& value, const std::string& where) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()})
    throw Error(ErrorCode::invalid_argument,
                where + ": expected a non-negative integer, found " + dump_line(value).substr(0, 40));
  return value.get<uint64_t>();
}

uint64_t multiply(uint64_t a, uint64_t b, const std::string& where) {
  uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product))
    throw Error(ErrorCode::invalid_argument, where + ": the shape's size overflows 64 bits");
  return product;
}

/// Offsets in the result count from the beginning of the data.
TensorEntry parse_entry(const std::string& name, const Json& json, const std::string& source) {
  const std::string where = source + ": tensor " + name;
  const auto field = [&](const char* key) -> const Json& {
    const auto it = json.find(key);
    if (it == json.end()) throw Error(ErrorCode::invalid_argument, where + ": header lacks " + key);
    return *it;
  };
  if (!json.is_object())
    throw Error(ErrorCode::invalid_argument, where + ": expected an object, found " + json_type_name(json));
  const Json& dtype = field("dtype");
  const Json& shape = field("shape");
  const Json& offsets = field("data_offsets");
  if (!dtype.is_string() || !shape.is_array() || shape.size() > kMaxDims || !offsets.is_array() || offsets.size() != 2)
    throw Error(ErrorCode::invalid_argument, where + ": dtype, shape or data_offsets has the wrong form");

  TensorEntry entry;
  entry.name = name;
  entry.dtype = dtype.get<std::string>();
  entry.elements = 1;
  for (const Json& extent : shape) {
    entry.shape.push_back(static_cast<int64_t>(unsigned_field(extent, where + ": shape")));
    entry.elements = multiply(entry.elements, static_cast<uint64_t>(entry.shape.back()), where);
  }
  const uint64_t begin = unsigned_field(offsets[0], where + ": data_offsets");
  const uint64_t end = unsigned_field(offsets[1], where + ": data_offsets");
  entry.bytes = multiply(entry.elements, dtype_bytes(entry.dtype, where), where);
  entry.offset = begin;
  if (end < begin || end - begin != entry.bytes)
    throw Error(ErrorCode::invalid_argument, where + ": shape and dtype need " + std::to_string(entry.bytes) +
                                                 " bytes, data_offsets [" + std::to_string(begin) + ", " +
                                                 std::to_string(end) + "] differ");
  return entry;
}

void check_coverage(const std::vector<TensorEntry>& entries, uint64_t data_bytes, const std::string& source) {
  uint64_t covered = 0;
  for (const TensorEntry& entry : entries) {
    if (entry.offset != covered)
      invalid(source, "tensor " + entry.name + " begins at byte " + std::to_string(entry.offset) + " of the data, " +
                          std::to_string(covered) + " expected (tensors overlap or leave a hole)");
    if (__builtin_add_overflow(covered, entry.bytes, &covered))
      invalid(source, "tensor " + entry.name + ": data_offsets overflow");
  }
  if (covered > data_bytes)
    throw Error(ErrorCode::data_loss, source + ": the header describes " + std::to_string(covered) +
                                          " bytes of data, the file has " + std::to_string(data_bytes) +
                                          "; it is truncated, copy it again");
  if (covered < data_bytes)
    invalid(source, std::to_string(data_bytes - covered) + " bytes after the last tensor belong to none");
}

uint64_t header_length(std::span<const std::byte> bytes, const std::string& source) {
  const auto truncated = [&](uint64_t need) {
    throw Error(ErrorCode::data_loss, source + ": the header needs " + std::to_string(need) + " bytes, the file has " +
                                          std::to_string(bytes.size()) + "; it is truncated or no safetensors file");
  };
  if (bytes.size() < kPrefixBytes) truncated(kPrefixBytes);
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMaxHeaderBytes)
    invalid(source, "header length " + std::to_string(length) + " is above the limit of " +
                        std::to_string(kMaxHeaderBytes) + "; this is no safetensors file");
  if (length > bytes.size() - kPrefixBytes) truncated(length + kPrefixBytes);
  return length;
}

bool is_pickle(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".bin" || extension == ".pt" || extension == ".pth" || extension == ".ckpt" ||
         extension == ".pkl";
}

[[noreturn]] void refuse_pickle(const std::filesystem::path& path) {
  throw Error(ErrorCode::unimplemented,
              path.string() +
                  ": pickled weights are not read, since loading them can run code; convert the "
                  "model to safetensors (transformers: save_pretrained)");
}

[[noreturn]] void no_weights(const std::filesystem::path& dir) {
  std::error_code ignored;
  for (const auto& item : std::filesystem::directory_iterator(dir, ignored)) {
    if (item.is_regular_file() && is_pickle(item.path())) refuse_pickle(item.path());
    if (item.path().extension() == ".gguf")
      throw Error(ErrorCode::not_found,
                  dir.string() + ": holds no model.safetensors; run hone import on " + item.path().filename().string());
  }
  throw Error(ErrorCode::not_found,
              dir.string() + ": neither model.safetensors nor model.safetensors.index.json is there");
}

}  // namespace

void refuse_model_file(const std::filesystem::path& path) {
  if (is_pickle(path)) refuse_pickle(path);
  throw Error(ErrorCode::invalid_argument, path.string() + ": is a file; a model is a folder with config.json, model.safetensors and tokenizer.json (hone "
                                                           "import makes one of a GGUF file)");
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : file_(is_pickle(path) ? (refuse_pickle(path), path) : path), source_(path.string()) {
  const auto bytes = file_.bytes();
  const uint64_t length = header_length(bytes, source_);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kPrefixBytes,
                              static_cast<std::size_t>(length));
  const Json header = parse_header(text, source_);
  if (!header.is_object()) invalid(source_, "header: expected an object, found " + json_type_name(header));
  for (const auto& [name, json] : header.items())
    if (name != "__metadata__") entries_.push_back(parse_entry(name, json, source_));
  std::sort(entries_.begin(), entries_.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::pair(a.offset, a.bytes) < std::pair(b.offset, b.bytes);
  });
  check_coverage(entries_, bytes.size() - kPrefixBytes - length, source_);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    entries_[i].offset += kPrefixBytes + length;
    entries_[i].file = path.filename().string();
    index_.emplace(entries_[i].name, i);
  }
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? nullptr : &entries_[it->second];
}

void SafetensorsFile::read(const TensorEntry& entry, std::span<float> out) const {
  HONE_CHECK(out.size() == entry.elements, "destination of another size");
  const auto type = float_type_from_safetensors(entry.dtype);
  if (!type)
    throw Error(ErrorCode::unimplemented, source_ + ": tensor " + entry.name + " has dtype " + entry.dtype +
                                              "; weights must be F32, F16 or BF16, convert the model");
  widen(*type, file_.bytes().subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.bytes)),
        out);
}

std::map<std::string, std::string> read_shard_index(const std::filesystem::path& index_path) {
  const Json json = read_json_file(index_path);
  const std::string source = index_path.string();
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object())
    invalid(source, "expected an object with weight_map");
  std::map<std::string, std::string> shards;
  for (const auto& [tensor, file] : json["weight_map"].items()) {
    const std::string name = file.is_string() ? file.get<std::string>() : "";
    if (name.find('/') != std::string::npos || !name.ends_with(".safetensors"))
      invalid(source, "weight_map: " + tensor + ": " + dump_line(file).substr(0, 80) +
                          " is not the plain name of a .safetensors file");
    shards.emplace(tensor, name);
  }
  return shards;
}

std::vector<std::filesystem::path> safetensors_files(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) throw Error(ErrorCode::not_found, path.string() + ": does not exist");
  if (!std::filesystem::is_directory(path)) return {path};
  if (std::filesystem::exists(path / "model.safetensors")) return {path / "model.safetensors"};
  const auto index = path / "model.safetensors.index.json";
  if (!std::filesystem::exists(index)) no_weights(path);
  std::set<std::filesystem::path> files;
  for (const auto& [tensor, file] : read_shard_index(index)) {
    if (!std::filesystem::exists(path / file))
      throw Error(ErrorCode::not_found, (path / file).string() + ": shard is missing; " + index.filename().string() +
                                            " needs it for " + tensor);
    files.insert(path / file);
  }
  return {files.begin(), files.end()};
}

std::vector<TensorEntry> list_tensors(const std::filesystem::path& path) {
  std::vector<TensorEntry> all;
  for (const auto& file : safetensors_files(path)) {
    const SafetensorsFile opened(file);
    all.insert(all.end(), opened.entries().begin(), opened.entries().end());
  }
  return all;
}

}  // namespace hone
