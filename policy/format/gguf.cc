#include "policy/format/gguf.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "policy/format/byte_reader.h"
#include "policy/format/gguf_dequantize.h"
#include "proto/base/error.h"

namespace hone {
namespace {

constexpr uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr uint64_t kMaxKeyBytes = 65535;
constexpr uint64_t kMaxNameBytes = 1024;
constexpr uint64_t kMaxArray = uint64_t{1} << 24;
constexpr uint32_t kMaxDims = 4;
constexpr std::size_t kMinMetadataBytes = 8 + 4 + 1;        // empty key, type, one byte of value
constexpr std::size_t kMinTensorBytes = 8 + 4 + 8 + 4 + 8;  // empty name, one extent

enum ValueType : uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray, kU64, kI64, kF64 };

std::size_t least_bytes(uint32_t type) {
  switch (type) {
    case kU8:
    case kI8:
    case kBool: return 1;
    case kU16:
    case kI16: return 2;
    case kU32:
    case kI32:
    case kF32: return 4;
    default: return 8;
  }
}

class Parser {
 public:
  Parser(std::span<const std::byte> bytes, const std::string& source)
      : bytes_(bytes), reader_(bytes, source), source_(source) {}

  void header() {
    if (reader_.read<uint32_t>("magic") != kMagic) invalid("does not begin with GGUF; this is not a GGUF file");
    const auto version = reader_.read<uint32_t>("version");
    if (version != 2 && version != 3)
      throw Error(ErrorCode::unimplemented, source_ + ": GGUF version " + std::to_string(version) +
                                                " is not supported (2 and 3 are; a huge number means big-endian)");
    tensor_count_ = reader_.read<uint64_t>("tensor count");
    metadata_count_ = reader_.read<uint64_t>("metadata count");
    reader_.require_items(metadata_count_, kMinMetadataBytes, "metadata");
    reader_.require_items(tensor_count_, kMinTensorBytes, "tensor table");
  }

  std::map<std::string, GgufValue, std::less<>> metadata() {
    std::map<std::string, GgufValue, std::less<>> out;
    for (uint64_t i = 0; i < metadata_count_; ++i) {
      std::string key(string("metadata key", kMaxKeyBytes));
      GgufValue parsed = value(reader_.read<uint32_t>("metadata type"), key);
      if (!out.emplace(key, std::move(parsed)).second) invalid("metadata key " + key + " occurs twice");
    }
    return out;
  }

  std::vector<GgufTensor> tensors(int64_t alignment) {
    if (alignment < 8 || alignment > (1 << 20) || (alignment & (alignment - 1)) != 0)
      invalid("general.alignment " + std::to_string(alignment) + ": must be a power of two in 8..1048576");
    std::vector<GgufTensor> out(static_cast<std::size_t>(tensor_count_));
    std::vector<uint64_t> offsets;
    for (GgufTensor& tensor : out) offsets.push_back(tensor_info(tensor));
    const std::size_t align = static_cast<std::size_t>(alignment);
    const std::size_t begin = (reader_.position() + align - 1) / align * align;
    for (std::size_t i = 0; i < out.size(); ++i) locate(out[i], offsets[i], begin, align);
    check_overlap(out);
    return out;
  }

 private:
  [[noreturn]] void invalid(const std::string& what) const {
    throw Error(ErrorCode::invalid_argument, source_ + ": " + what);
  }

  std::string_view string(std::string_view what, uint64_t limit) {
    const auto length = reader_.read<uint64_t>(what);
    const auto bytes = reader_.take(length, what);
    if (length > limit)
      invalid(std::string(what) + " is " + std::to_string(length) + " bytes long, limit " + std::to_string(limit));
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  int64_t integer(uint32_t type, const std::string& key) {
    switch (type) {
      case kU8: return reader_.read<uint8_t>(key);
      case kI8: return reader_.read<int8_t>(key);
      case kU16: return reader_.read<uint16_t>(key);
      case kI16: return reader_.read<int16_t>(key);
      case kU32: return reader_.read<uint32_t>(key);
      case kI32: return reader_.read<int32_t>(key);
      case kBool: return reader_.read<uint8_t>(key) != 0 ? 1 : 0;
      case kI64: return reader_.read<int64_t>(key);
      default: break;
    }
    const auto wide = reader_.read<uint64_t>(key);
    if (wide > uint64_t{std::numeric_limits<int64_t>::max()})
      invalid("metadata " + key + ": " + std::to_string(wide) + " is too large");
    return static_cast<int64_t>(wide);
  }

  double number(uint32_t type, const std::string& key) {
    return type == kF32 ? static_cast<double>(reader_.read<float>(key)) : reader_.read<double>(key);
  }

  GgufValue value(uint32_t type, const std::string& key) {
    if (type > kF64) invalid("metadata " + key + " has unknown type " + std::to_string(type));
    if (type == kArray) return array(key);
    if (type == kString) return string(key, std::numeric_limits<uint64_t>::max());
    if (type == kF32 || type == kF64) return number(type, key);
    if (type == kBool) return integer(type, key) != 0;
    return integer(type, key);
  }

  GgufValue array(const std::string& key) {
    const auto type = reader_.read<uint32_t>(key);
    const auto count = reader_.read<uint64_t>(key);
    if (type > kF64) invalid("metadata " + key + " has unknown element type " + std::to_string(type));
    if (type == kArray)
      throw Error(ErrorCode::unimplemented, source_ + ": metadata " + key + ": nested arrays are not supported");
    reader_.require_items(count, least_bytes(type), key);
    if (count > kMaxArray)
      invalid("metadata " + key + " has " + std::to_string(count) + " elements, limit " + std::to_string(kMaxArray));
    const auto n = static_cast<std::size_t>(count);
    if (type == kString)
      return collect<std::string_view>(n, [&] { return string(key, std::numeric_limits<uint64_t>::max()); });
    if (type == kF32 || type == kF64) return collect<double>(n, [&] { return number(type, key); });
    return collect<int64_t>(n, [&] { return integer(type, key); });
  }

  template <class T, class Read>
  static std::vector<T> collect(std::size_t n, Read read) {
    std::vector<T> out;
    out.reserve(n);
    for (std::size_t i = 0; i < n; ++i) out.push_back(read());
    return out;
  }

  /// Returns the offset within the data section.
  uint64_t tensor_info(GgufTensor& tensor) {
    tensor.name = string("tensor name", kMaxNameBytes);
    const auto dims = reader_.read<uint32_t>("tensor dimensions");
    if (dims < 1 || dims > kMaxDims)
      invalid("tensor " + tensor.name + " has " + std::to_string(dims) + " dimensions, limit 1..4");
    tensor.elements = 1;
    for (uint32_t d = 0; d < dims; ++d) {
      const auto extent = reader_.read<uint64_t>("tensor extent");
      // No type stores more than 8 elements a byte, so more elements than that cannot be in the file.
      if (extent == 0 || extent > uint64_t{bytes_.size()} * 8 / tensor.elements)
        invalid("tensor " + tensor.name + ": extent " + std::to_string(extent) + " does not fit a file of " +
                std::to_string(bytes_.size()) + " bytes");
      tensor.elements *= extent;
      tensor.shape.insert(tensor.shape.begin(), static_cast<int64_t>(extent));
    }
    tensor.type = reader_.read<uint32_t>("tensor type");
    return reader_.read<uint64_t>("tensor offset");
  }

  void locate(GgufTensor& tensor, uint64_t offset, std::size_t begin, std::size_t alignment) const {
    const GgufTypeInfo* type = gguf_type_info(tensor.type);
    if (type == nullptr)
      throw Error(ErrorCode::unimplemented,
                  source_ + ": tensor " + tensor.name + " has unknown type " + std::to_string(tensor.type));
    if (static_cast<uint64_t>(tensor.shape.back()) % type->block_elements != 0)
      invalid("tensor " + tensor.name + ": rows of " + std::to_string(tensor.shape.back()) + " values are no whole " +
              std::string(type->name) + " blocks of " + std::to_string(type->block_elements));
    if (offset % alignment != 0)
      invalid("tensor " + tensor.name + ": offset " + std::to_string(offset) + " is not a multiple of the alignment " +
              std::to_string(alignment));
    const uint64_t size = tensor.elements / type->block_elements * type->block_bytes;
    const uint64_t room = begin <= bytes_.size() ? bytes_.size() - begin : 0;
    if (offset > room || size > room - offset)
      throw Error(ErrorCode::data_loss, source_ + ": tensor " + tensor.name + " needs " + std::to_string(size) +
                                            " bytes at offset " + std::to_string(offset) + ", the data section has " +
                                            std::to_string(room) + "; the file is truncated or damaged");
    tensor.bytes = bytes_.subspan(begin + static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
  }

  void check_overlap(const std::vector<GgufTensor>& tensors) const {
    std::vector<const GgufTensor*> order;
    for (const GgufTensor& tensor : tensors) order.push_back(&tensor);
    std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->bytes.data() < b->bytes.data(); });
    for (std::size_t i = 1; i < order.size(); ++i)
      if (order[i - 1]->bytes.data() + order[i - 1]->bytes.size() > order[i]->bytes.data())
        invalid("tensors " + order[i - 1]->name + " and " + order[i]->name + " overlap");
  }

  std::span<const std::byte> bytes_;
  ByteReader reader_;
  const std::string& source_;
  uint64_t tensor_count_ = 0;
  uint64_t metadata_count_ = 0;
};

}  // namespace

GgufFile::GgufFile(const std::filesystem::path& path) : file_(path), source_(path.string()) {
  Parser parser(file_.bytes(), source_);
  parser.header();
  metadata_ = parser.metadata();
  tensors_ = parser.tensors(integer_or("general.alignment", 32));
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    if (!index_.emplace(tensors_[i].name, i).second)
      throw Error(ErrorCode::invalid_argument, source_ + ": tensor " + tensors_[i].name + " occurs twice");
}

const GgufTensor* GgufFile::find(std::string_view name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? nullptr : &tensors_[it->second];
}

void GgufFile::wrong_type(const std::string& key, const std::string& wanted) const {
  throw Error(ErrorCode::invalid_argument,
              source_ + ": metadata " + key + ": expected " + wanted + ", the file has a value of another type");
}

int64_t GgufFile::integer(const std::string& key) const {
  const auto it = metadata_.find(key);
  if (it == metadata_.end()) throw Error(ErrorCode::invalid_argument, source_ + ": metadata " + key + " is missing");
  if (const auto* value = std::get_if<int64_t>(&it->second)) return *value;
  wrong_type(key, "an integer");
}

int64_t GgufFile::integer_or(const std::string& key, int64_t fallback) const {
  return has(key) ? integer(key) : fallback;
}

double GgufFile::number_or(const std::string& key, double fallback) const {
  const auto it = metadata_.find(key);
  if (it == metadata_.end()) return fallback;
  if (const auto* value = std::get_if<double>(&it->second); value != nullptr && std::isfinite(*value)) return *value;
  wrong_type(key, "a finite number");
}

bool GgufFile::boolean_or(const std::string& key, bool fallback) const {
  const auto it = metadata_.find(key);
  if (it == metadata_.end()) return fallback;
  if (const auto* value = std::get_if<bool>(&it->second)) return *value;
  wrong_type(key, "a boolean");
}

std::string GgufFile::text(const std::string& key) const {
  const auto it = metadata_.find(key);
  if (it == metadata_.end()) throw Error(ErrorCode::invalid_argument, source_ + ": metadata " + key + " is missing");
  if (const auto* value = std::get_if<std::string_view>(&it->second)) return std::string(*value);
  wrong_type(key, "a string");
}

std::string GgufFile::text_or(const std::string& key, const std::string& fallback) const {
  return has(key) ? text(key) : fallback;
}

std::vector<float> GgufFile::read(const GgufTensor& tensor) const {
  const GgufTypeInfo* type = gguf_type_info(tensor.type);
  HONE_CHECK(type != nullptr, "tensors of unknown type are refused on opening");
  if (type->dequantize == nullptr)
    throw Error(ErrorCode::unimplemented,
                source_ + ": tensor " + tensor.name + " has type " + std::string(type->name) +
                    ", which is not supported; supported: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1");
  std::vector<float> values(static_cast<std::size_t>(tensor.elements));
  gguf_dequantize(*type, tensor.bytes, values);
  return values;
}

}  // namespace hone
