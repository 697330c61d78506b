// A model's weights as the kernels read them: projections packed (q, k, v as one matrix; gate and up as one), norms and biases plain.
// A tied embedding exists once, packed as the head; a token's row is read back from there. Matrices (the embedding included) are stored
// as the storage says, norms and biases as float32.
// Thread rule: const methods from any thread; load alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policy/kernels/gemm.h"
#include "policy/model_config.h"
#include "policy/weights.h"

namespace hone {

class ThreadPool;

struct PackedLayer {
  PackedMatrix qkv, o, gate_up, down;
  std::vector<float> qkv_bias, o_bias, gate_up_bias, down_bias;  // empty = none
  std::vector<float> input_norm, post_attention_norm;
  std::vector<float> q_norm, k_norm;  // empty = none
};

class PackedModel {
 public:
  explicit PackedModel(const ModelConfig& config, WeightStorage storage = WeightStorage::float32);

  /// Checks all names and shapes first (invalid_argument, nothing changed), then packs in place, on the pool's threads. Tensors that the
  /// model does not have are ignored.
  void load(std::span<const WeightView> weights, ThreadPool& pool);
  bool loaded() const { return loaded_; }
  /// Frees everything; not loaded then.
  void release();

  const ModelConfig& config() const { return config_; }
  const std::vector<PackedLayer>& layers() const { return layers_; }
  const std::vector<float>& final_norm() const { return final_norm_; }
  const PackedMatrix& head() const { return head_; }
  void embedding(int32_t token, float* out) const;
  /// Bytes of packed matrices that one forward pass reads (without the embedding).
  int64_t matrix_bytes() const;

 private:
  void allocate();

  ModelConfig config_;
  WeightStorage storage_;
  std::vector<PackedLayer> layers_;
  std::vector<float> final_norm_;
  PackedMatrix head_;
  PackedMatrix embedding_;  // [vocab, hidden]; empty when tied
  bool loaded_ = false;
};

}  // namespace hone
