// One pass of the transformer over a list of runs: parts of prompts and single decode tokens, mixed.
//
// Pre-norm decoder of the llama, qwen2 and qwen3 families. A row's logits depend on its sequence only, never on the other rows.
// Thread rule: one pass at a time; the sink is called from the pool's threads.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "policy/generation/kv_cache.h"
#include "policy/generation/packed_model.h"
#include "policy/kernels/aligned_buffer.h"

namespace hone {

class ThreadPool;

/// Consecutive positions of one sequence. A sequence appears in one run of a pass at most.
struct ForwardRun {
  KvSequence* sequence = nullptr;
  std::span<const int32_t> tokens;
  int64_t first_position = 0;
  std::size_t first_logits_row = 0;  // rows of `tokens` from here on get logits; tokens.size() = none
};

/// Logits [V] of a row (index into the run's tokens); valid during the call. Calls for different rows may overlap.
using LogitsSink = std::function<void(std::size_t run, std::size_t row, std::span<const float> logits)>;

class Forward {
 public:
  /// Both outlive this.
  Forward(const PackedModel& model, ThreadPool& pool);

  void run(std::span<const ForwardRun> runs, const LogitsSink& sink);

 private:
  /// Cosines and sines [positions][head_dim / 2], grown to the largest position met.
  struct RopeTable {
    std::vector<float> inverse_frequencies, cos, sin;
    void grow(int64_t positions);
    int64_t positions() const { return static_cast<int64_t>(cos.size() / inverse_frequencies.size()); }
  };
  struct Workspace {
    AlignedBuffer x, h, qkv, attended, delta, gate_up, act, logits;
  };
  class Shard;

  std::vector<std::size_t> shard_ends(std::span<const ForwardRun> runs) const;

  const PackedModel& model_;
  ThreadPool& pool_;
  RopeTable rope_;
  std::vector<Workspace> workspaces_;
};

}  // namespace hone
