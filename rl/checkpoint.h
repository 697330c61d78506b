// Saved states of a run: a directory that is complete only with its marker.
//
//   step-000050/model/model.safetensors      parameters, float32
//               reference/model.safetensors  the reference policy, where it moves (grpo.sync_ref_model)
//               optimizer/model.safetensors  AdamW moments: exp_avg.<name>, exp_avg_sq.<name>, float32 (safetensors layout)
//               collected.json, .jsonl       steps that were generated ahead of training (rollout.max_staleness)
//               trainer_state.json     TrainerState
//               COMPLETE               digest of trainer_state.json; written last
//
// Written under a temporary name, synced, renamed. Random numbers are functions of (seed, step), so a step count is all their
// state. A run that is killed at any instant resumes from the newest complete checkpoint, bit for bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "policy/weights.h"
#include "rl/ledger.h"
#include "rl/problem_stream.h"
#include "rl/run_monitor.h"

namespace hone {

struct TrainerState {
  int64_t step = 0;               // optimizer steps done
  int64_t optimizer_step = 0;     // AdamW updates applied (skipped ones excluded)
  uint64_t policy_version = 0;
  int64_t skipped_updates = 0;    // in all
  int64_t skipped_in_a_row = 0;
  int64_t num_tokens = 0;         // prompt and completion tokens so far
  double elapsed_s = 0.0;
  RunCost cost;
  ProblemStreamState problems;    // which problems come next
  RunMonitorState monitor;
  int64_t evaluated_step = -1;    // the last step that was evaluated
  std::optional<double> best_value;
  int64_t best_step = -1;
  int64_t metrics_bytes = 0;
  int64_t completions_bytes = 0;
  std::string collected_steps;    // steps that are collected and not trained (rl/collected_steps.h); "" = none
  std::string collected_records;  // their completions, JSONL
  std::string model_fingerprint;
  std::string start_weights_digest;  // of the model the run began with (the reference policy)
};

struct Checkpoint {
  TrainerState state;
  WeightSet parameters;
  WeightSet moments;  // exp_avg.* and exp_avg_sq.*
  WeightSet reference;  // empty unless the reference policy moves
};

/// Writes <root>/step-NNNNNN, then deletes the oldest complete ones beyond `keep` and leftovers of interrupted writes.
void save_checkpoint(const std::filesystem::path& root, const TrainerState& state, std::span<const WeightView> parameters,
                     std::span<const WeightView> moments, int64_t keep, std::span<const WeightView> reference = {});

/// The newest complete checkpoint, if any. Incomplete directories are ignored.
std::optional<std::filesystem::path> newest_checkpoint(const std::filesystem::path& root);

/// Throws data_loss naming the file when the marker or a tensor is missing or damaged.
Checkpoint load_checkpoint(const std::filesystem::path& dir);

}  // namespace hone
