#include "rollout/weight_transfer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <sstream>
#include <utility>

#include "proto/base/digest.h"
#include "proto/base/error.h"

namespace hone {
namespace {

static_assert(std::endian::native == std::endian::little, "weights travel in little-endian order");

constexpr char kDtype[] = "float32";

std::string shape_text(std::span<const int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

/// Elements of a shape; throws when a dimension is negative or the product would not fit memory.
std::size_t element_count(const std::string& name, std::span<const int64_t> shape) {
  constexpr uint64_t kLimit = uint64_t{1} << 48;
  uint64_t count = 1;
  for (int64_t dimension : shape) {
    if (dimension < 0 || (dimension > 0 && count > kLimit / static_cast<uint64_t>(dimension)))
      throw Error(ErrorCode::invalid_argument, "tensor " + name + ": impossible shape " + shape_text(shape));
    count *= static_cast<uint64_t>(dimension);
  }
  return static_cast<std::size_t>(count);
}

template <class T>
[[noreturn]] void mismatch(ErrorCode code, const std::string& what, const T& received, const T& expected) {
  std::ostringstream text;
  text << "weight update: " << what << " is " << received << ", expected " << expected;
  throw Error(code, text.str());
}

}  // namespace

void require_finite(std::string_view tensor, std::span<const float> values) {
  constexpr uint32_t kExponent = 0x7F800000u;
  uint32_t bad = 0;
  for (float value : values) bad |= (std::bit_cast<uint32_t>(value) & kExponent) == kExponent ? 1u : 0u;
  if (bad == 0) return;
  const auto at = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  std::ostringstream text;
  text << "weights: " << tensor << " element " << (at - values.begin()) << " is " << *at
       << "; every value must be finite (did training diverge?)";
  throw Error(ErrorCode::invalid_argument, text.str());
}

WeightSender::WeightSender(WeightsId id, std::span<const WeightView> weights, bool in_flight)
    : id_(std::move(id)), in_flight_(in_flight) {
  std::set<std::string_view> names;
  for (const WeightView& tensor : weights) {
    if (!names.insert(tensor.name).second)
      throw Error(ErrorCode::invalid_argument, "weights: " + tensor.name + " is there twice");
    if (element_count(tensor.name, tensor.shape) != tensor.data.size())
      throw Error(ErrorCode::invalid_argument, "weights: " + tensor.name + " has " +
                                                   std::to_string(tensor.data.size()) + " values, its shape is " +
                                                   shape_text(tensor.shape));
  }
  std::vector<std::span<const std::byte>> parts;
  uint64_t begin = 0;
  for (const WeightView& tensor : weights) {
    parts.push_back(std::as_bytes(tensor.data));
    const std::size_t size = parts.back().size();
    tensors_.push_back({tensor.name, tensor.shape, kDtype, begin, digest64(parts.back())});
    for (std::size_t done = 0; done < size; done += kWeightChunkBytes)
      chunks_.push_back({begin + done, std::min(kWeightChunkBytes, size - done)});
    begin += size;
  }
  data_.emplace(parts);
}

WeightManifest WeightSender::manifest(uint64_t parent_version, bool shared) const {
  return {id_, parent_version, tensors_, shared ? std::optional(data_->name()) : std::nullopt, in_flight_};
}

WeightChunk WeightSender::chunk(std::size_t index) const {
  const ChunkPlace& place = chunks_.at(index);
  return {place.offset, data_->data().subspan(place.offset, place.size)};
}

WeightReceiver::WeightReceiver(std::span<const TensorSpec> expected, WeightsId serving)
    : expected_(expected.begin(), expected.end()), serving_(std::move(serving)) {}

void WeightReceiver::begin(const WeightManifest& manifest) {
  if (begun_) throw Error(ErrorCode::data_loss, "weight update: a second manifest in one stream");
  check_identity(manifest);
  check_tensors(manifest);
  manifest_ = manifest;
  begun_ = true;
  if (manifest.shared) return;
  staged_.tensors.reserve(expected_.size());
  for (const TensorSpec& spec : expected_)
    staged_.tensors.push_back({spec.name, spec.shape, std::vector<float>(element_count(spec.name, spec.shape))});
  while (tensor_ < staged_.tensors.size() && staged_.tensors[tensor_].data.empty()) finish_tensor();
}

void WeightReceiver::check_identity(const WeightManifest& manifest) const {
  const WeightsId& id = manifest.weights;
  if (id.run_id.empty() || id.session == 0)
    throw Error(ErrorCode::invalid_argument, "weight update: run id and session must be set");
  if (!serving_.run_id.empty() && id.run_id != serving_.run_id)
    mismatch(ErrorCode::failed_precondition, "the run", "'" + id.run_id + "'", "'" + serving_.run_id + "'");
  if (id.session < serving_.session)
    throw Error(ErrorCode::failed_precondition, "weight update: session " + std::to_string(id.session) +
                                                    " was replaced by session " + std::to_string(serving_.session) +
                                                    "; another learner of this run took over");
  if (id.session == serving_.session && id.version <= serving_.version)
    throw Error(ErrorCode::failed_precondition, "weight update: version " + std::to_string(id.version) +
                                                    " is not higher than version " + std::to_string(serving_.version) +
                                                    " in use");
  if (manifest.parent_version != serving_.version)
    mismatch(ErrorCode::failed_precondition, "the parent version", manifest.parent_version, serving_.version);
}

void WeightReceiver::check_tensors(const WeightManifest& manifest) const {
  if (manifest.tensors.size() != expected_.size())
    mismatch(ErrorCode::invalid_argument, "the number of tensors", manifest.tensors.size(), expected_.size());
  uint64_t offset = 0;
  for (std::size_t i = 0; i < expected_.size(); ++i) {
    const TensorManifest& got = manifest.tensors[i];
    const TensorSpec& want = expected_[i];
    if (got.name != want.name)
      mismatch(ErrorCode::invalid_argument, "the name of tensor " + std::to_string(i), got.name, want.name);
    if (got.shape != want.shape)
      mismatch(ErrorCode::invalid_argument, "the shape of " + want.name, shape_text(got.shape), shape_text(want.shape));
    if (got.dtype != kDtype)
      mismatch(ErrorCode::invalid_argument, "the dtype of " + want.name, got.dtype, std::string(kDtype));
    if (got.offset != offset) mismatch(ErrorCode::data_loss, "the offset of " + want.name, got.offset, offset);
    offset += element_count(want.name, want.shape) * sizeof(float);
  }
}

void WeightReceiver::add(const WeightChunk& chunk) {
  if (!begun_ || manifest_.shared)
    throw Error(ErrorCode::data_loss, manifest_.shared ? "weight update: data after a manifest of shared memory"
                                                       : "weight update: data before the manifest");
  if (chunk.data.empty() || chunk.data.size() > kWeightChunkBytes)
    throw Error(ErrorCode::data_loss, "weight update: a chunk of " + std::to_string(chunk.data.size()) +
                                          " bytes; 1 to " + std::to_string(kWeightChunkBytes) + " are allowed");
  if (chunk.offset != stream_bytes_)
    mismatch(ErrorCode::data_loss, "the offset of the next chunk", chunk.offset, stream_bytes_);
  if (tensor_ == staged_.tensors.size()) throw Error(ErrorCode::data_loss, "weight update: data after the last tensor");
  WeightSet::Tensor& tensor = staged_.tensors[tensor_];
  const std::size_t size = tensor.data.size() * sizeof(float);
  if (chunk.data.size() > size - tensor_bytes_)
    throw Error(ErrorCode::data_loss, "weight update: a chunk runs past the end of " + tensor.name);
  std::memcpy(reinterpret_cast<std::byte*>(tensor.data.data()) + tensor_bytes_, chunk.data.data(), chunk.data.size());
  tensor_bytes_ += chunk.data.size();
  stream_bytes_ += chunk.data.size();
  while (tensor_ < staged_.tensors.size() && tensor_bytes_ == staged_.tensors[tensor_].data.size() * sizeof(float))
    finish_tensor();
}

void WeightReceiver::finish_tensor() {
  verify(tensor_, staged_.tensors[tensor_].data);
  ++tensor_;
  tensor_bytes_ = 0;
}

void WeightReceiver::verify(std::size_t tensor, std::span<const float> data) const {
  const std::string& name = expected_[tensor].name;
  const uint64_t checksum = digest64(std::as_bytes(data));
  if (checksum != manifest_.tensors[tensor].checksum)
    mismatch(ErrorCode::data_loss, "the checksum of " + name, checksum, manifest_.tensors[tensor].checksum);
  require_finite(name, data);
}

void WeightReceiver::add_shared(SealedMemory memory) {
  if (!begun_ || !manifest_.shared || shared_)
    throw Error(ErrorCode::data_loss, "weight update: shared memory without its manifest");
  std::size_t bytes = 0;
  for (const TensorSpec& spec : expected_) bytes += element_count(spec.name, spec.shape) * sizeof(float);
  if (memory.data().size() != bytes)
    mismatch(ErrorCode::data_loss, "the size of the shared memory", memory.data().size(), bytes);
  shared_.emplace(std::move(memory));
  for (tensor_ = 0; tensor_ < expected_.size(); ++tensor_) verify(tensor_, shared_tensor(tensor_));
}

std::span<const float> WeightReceiver::shared_tensor(std::size_t tensor) const {
  const std::size_t count = element_count(expected_[tensor].name, expected_[tensor].shape);
  const auto* const floats = reinterpret_cast<const float*>(shared_->data().data());  // a page begins there
  return {floats + manifest_.tensors[tensor].offset / sizeof(float), count};
}

std::shared_ptr<const VerifiedWeights> WeightReceiver::commit(uint64_t version) {
  if (!begun_) throw Error(ErrorCode::data_loss, "weight update: commit before the manifest");
  if (tensor_ != expected_.size() || (manifest_.shared && !shared_))
    throw Error(ErrorCode::data_loss, "weight update: commit after " + std::to_string(tensor_) + " of " +
                                          std::to_string(expected_.size()) + " tensors");
  if (version != manifest_.weights.version)
    mismatch(ErrorCode::data_loss, "the committed version", version, manifest_.weights.version);
  begun_ = false;
  if (!shared_) return std::make_shared<const VerifiedWeights>(std::exchange(staged_, {}));
  std::vector<WeightView> views;
  for (std::size_t i = 0; i < expected_.size(); ++i)
    views.push_back({expected_[i].name, expected_[i].shape, shared_tensor(i)});
  return std::make_shared<const VerifiedWeights>(std::move(*shared_), std::move(views));
}

}  // namespace hone
