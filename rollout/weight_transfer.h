// One set of weights as a stream: manifest, data in order in chunks of at most 1 MiB, commit. On one machine the
// manifest names sealed memory (rollout/sealed_memory.h) instead, which the receiver maps and checks where it lies.
//
// The receiver stages into a second set and checks everything before the set may be used: run, session and version,
// names and shapes, order and size of the data, XXH3 checksum of every tensor, finiteness of every value. Nothing here
// knows the transport. The bytes are float32, little-endian, row-major; tensors lie one after another without gaps, a
// chunk lies within one tensor.
// Thread rule: WeightSender is immutable (any thread may read it); WeightReceiver belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/weights.h"
#include "rollout/sealed_memory.h"
#include "rollout/worker_info.h"

namespace hone {

inline constexpr std::size_t kWeightChunkBytes = std::size_t{1} << 20;

struct TensorManifest {
  std::string name;
  std::vector<int64_t> shape;
  std::string dtype;      // "float32"
  uint64_t offset = 0;    // of the first byte in the stream
  uint64_t checksum = 0;  // XXH3-64
};

struct WeightManifest {
  WeightsId weights;
  uint64_t parent_version = 0;  // what the receiver serves now, as the sender believes
  std::vector<TensorManifest> tensors;
  std::optional<SealedMemoryName> shared;  // where the data lies; absent: it follows in chunks
  bool in_flight = false;                  // to be used in the middle of running generations
};

struct WeightChunk {
  uint64_t offset = 0;
  std::span<const std::byte> data;
};

/// Throws invalid_argument naming the tensor, the element and the value at the first NaN or infinity.
void require_finite(std::string_view tensor, std::span<const float> values);

/// A snapshot of one set of weights, ready to be sent to any number of receivers.
class WeightSender {
 public:
  /// Copies the weights, into sealed memory. `in_flight`: they do not wait for running generations. Throws invalid_argument if a shape does not match its data or a name is
  /// there twice, resource_exhausted without memory.
  WeightSender(WeightsId id, std::span<const WeightView> weights, bool in_flight = false);

  const WeightsId& id() const { return id_; }
  bool in_flight() const { return in_flight_; }
  /// `shared`: for a receiver on this machine, which gets no chunks.
  WeightManifest manifest(uint64_t parent_version, bool shared = false) const;
  std::size_t num_chunks() const { return chunks_.size(); }
  /// In stream order; valid as long as this object.
  WeightChunk chunk(std::size_t index) const;

 private:
  struct ChunkPlace {
    uint64_t offset;
    std::size_t size;
  };
  WeightsId id_;
  bool in_flight_;
  std::vector<TensorManifest> tensors_;
  std::optional<SealedMemory> data_;
  std::vector<ChunkPlace> chunks_;
};

/// What a receiver has checked, in memory of its own or shared.
class VerifiedWeights {
 public:
  explicit VerifiedWeights(WeightSet staged) : staged_(std::move(staged)), views_(staged_.views()) {}
  VerifiedWeights(SealedMemory memory, std::vector<WeightView> views)
      : memory_(std::move(memory)), views_(std::move(views)) {}
  VerifiedWeights(const VerifiedWeights&) = delete;
  VerifiedWeights& operator=(const VerifiedWeights&) = delete;

  /// Valid as long as this object.
  const std::vector<WeightView>& views() const { return views_; }

 private:
  WeightSet staged_;
  std::optional<SealedMemory> memory_;
  std::vector<WeightView> views_;
};

class WeightReceiver {
 public:
  /// `expected`: the model's tensors; `serving`: what is in use now (its run_id may be "": any run is taken).
  WeightReceiver(std::span<const TensorSpec> expected, WeightsId serving);

  /// Each step throws and leaves nothing to commit: failed_precondition (other run, older session, version that does
  /// not rise, wrong parent), invalid_argument (names, shapes, dtype, a value that is not finite), data_loss (order,
  /// size, checksum, data missing).
  void begin(const WeightManifest& manifest);
  void add(const WeightChunk& chunk);
  /// Instead of add(), for a manifest that names shared memory: checks all of it where it lies.
  void add_shared(SealedMemory memory);
  /// The verified set, in the order of `expected`.
  std::shared_ptr<const VerifiedWeights> commit(uint64_t version);

  const WeightsId& id() const { return manifest_.weights; }
  bool in_flight() const { return manifest_.in_flight; }

 private:
  void check_identity(const WeightManifest& manifest) const;
  void check_tensors(const WeightManifest& manifest) const;
  void finish_tensor();
  void verify(std::size_t tensor, std::span<const float> data) const;
  std::span<const float> shared_tensor(std::size_t tensor) const;

  std::vector<TensorSpec> expected_;
  WeightsId serving_;
  WeightManifest manifest_;
  WeightSet staged_;
  std::optional<SealedMemory> shared_;
  bool begun_ = false;
  std::size_t tensor_ = 0;        // the one being filled
  std::size_t tensor_bytes_ = 0;  // of it received
  uint64_t stream_bytes_ = 0;
};

}  // namespace hone
