// Cuts a step's groups into packed micro-batches. No torch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policy/packed_batch.h"
#include "proto/base/trace.h"

namespace hone {

/// One forward and backward pass.
struct MicroBatch {
  PackedBatch batch;
  std::vector<double> advantages;         // [S]
  std::vector<float> sampling_logprobs;   // [M] from the rollout
  int64_t first_target = 0;               // index of this micro-batch's first target in the step
};

struct StepWork {
  std::vector<MicroBatch> micro_batches;
  int64_t sequences = 0;          // all completions of the step
  int64_t tokens = 0;             // completion tokens that count in the loss's denominators
  int64_t trained_sequences = 0;  // completions that are computed
  int64_t trained_tokens = 0;     // their tokens
  int64_t rows = 0;               // rows of all passes, prompts included
};

struct WorkOptions {
  bool keep_zero_advantage = false;         // true when a KL term acts on every completion
  bool mask_truncated_completions = false;  // leave truncated completions out of work and token count
  int64_t max_rows = 2048;                  // rows of one micro-batch; a single longer sequence still makes one
};

/// The groups of update `index` of `count` of one step: runs of whole groups whose sizes differ by at most one.
std::span<const Group> groups_of_update(std::span<const Group> groups, int64_t index, int64_t count);

/// A group's kept completions share one prompt; a group that does not fit is cut, its prompt repeated.
StepWork plan_work(std::span<const Group> groups, const WorkOptions& options);

}  // namespace hone
