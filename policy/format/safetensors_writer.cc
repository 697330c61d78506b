#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "policy/format/safetensors.h"
#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {
namespace {

constexpr std::size_t kChunkElements = std::size_t{1} << 18;
constexpr std::size_t kHeaderAlignment = 8;

uint64_t byte_count(const WeightView& weight, FloatType type) { return uint64_t{weight.data.size()} * byte_size(type); }

std::string header_bytes(std::span<const WeightView> weights, FloatType type) {
  OrderedJson header;
  header["__metadata__"] = {{"format", "pt"}};
  uint64_t offset = 0;
  for (const WeightView& weight : weights) {
    const uint64_t end = offset + byte_count(weight, type);
    header[weight.name] = {
        {"dtype", std::string(safetensors_name(type))}, {"shape", weight.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = dump_line(header);
  text.resize((text.size() + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment, ' ');
  const uint64_t length = text.size();
  std::string prefix(sizeof length, '\0');
  for (std::size_t i = 0; i < prefix.size(); ++i) prefix[i] = static_cast<char>(length >> (8 * i));
  return prefix + text;
}

void refuse_half_overflow(const WeightView& weight) {
  for (const float value : weight.data)
    if (std::isfinite(value) && std::fabs(value) >= 65520.0f)
      throw Error(ErrorCode::invalid_argument, "tensor " + weight.name + " holds " + std::to_string(value) +
                                                   ", beyond float16's 65504; save as bfloat16 or float32");
}

void write_file(const std::filesystem::path& path, std::span<const WeightView> weights, FloatType type) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  const std::string header = header_bytes(weights, type);
  out.write(header.data(), static_cast<std::streamsize>(header.size()));
  std::vector<std::byte> chunk;
  for (const WeightView& weight : weights) {
    if (type == FloatType::float16) refuse_half_overflow(weight);
    for (std::size_t begin = 0; begin < weight.data.size(); begin += kChunkElements) {
      const auto part = weight.data.subspan(begin, std::min(kChunkElements, weight.data.size() - begin));
      chunk.resize(part.size() * byte_size(type));
      narrow(type, part, chunk);
      out.write(reinterpret_cast<const char*>(chunk.data()), static_cast<std::streamsize>(chunk.size()));
    }
  }
  out.close();
  if (!out) throw Error(ErrorCode::resource_exhausted, path.string() + ": cannot write (is the disk full?)");
  sync_path(path);
}

/// Consecutive runs of weights, each at most `limit` bytes or one tensor long.
std::vector<std::span<const WeightView>> split(std::span<const WeightView> weights, FloatType type, uint64_t limit) {
  std::vector<std::span<const WeightView>> shards;
  std::size_t begin = 0;
  uint64_t bytes = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const uint64_t more = byte_count(weights[i], type);
    if (i > begin && bytes + more > limit) {
      shards.push_back(weights.subspan(begin, i - begin));
      begin = i;
      bytes = 0;
    }
    bytes += more;
  }
  shards.push_back(weights.subspan(begin));
  return shards;
}

std::string shard_name(std::size_t index, std::size_t count) {
  char name[64];
  std::snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", index + 1, count);
  return name;
}

}  // namespace

void write_safetensors(const std::filesystem::path& dir, std::span<const WeightView> weights, FloatType type,
                       uint64_t shard_bytes) {
  const auto shards = split(weights, type, shard_bytes);
  if (shards.size() == 1) {
    write_file(dir / "model.safetensors", weights, type);
    return;
  }
  OrderedJson index;
  uint64_t total = 0;
  for (const WeightView& weight : weights) total += byte_count(weight, type);
  index["metadata"] = {{"total_size", total}};
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string name = shard_name(i, shards.size());
    write_file(dir / name, shards[i], type);
    for (const WeightView& weight : shards[i]) index["weight_map"][weight.name] = name;
  }
  write_file_atomic(dir / "model.safetensors.index.json", index.dump(2) + "\n");
}

}  // namespace hone
