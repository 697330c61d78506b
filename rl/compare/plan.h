// What a comparison has to run, in order: commands of hone, one folder each.
//
//   OUT/base/seed-1/              the base's run, where a config makes it
//   OUT/arms/<id>/seed-1/         the arm's run
//   OUT/arms/<id>/seed-1-samples/ samples.jsonl of a rejection_sft arm, and what they cost
//   OUT/eval/<id>/seed-1/         answers of the final model, one file a set
//
// A stage is complete when its folder has cost.json, which every command writes last. Thread rule: plain data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rl/compare/config.h"
#include "rl/config.h"

namespace hone {

struct CompareStage {
  std::string title;                   // "GRPO, seed 2"
  std::optional<std::size_t> arm;      // index; none: the base
  int64_t seed = 0;
  bool samples = false;                // hone generate; else a run
  std::filesystem::path folder;
  std::string config;                  // file whose text decides what is run; "" for samples
  std::vector<std::string> arguments;  // of hone, without budget and --resume
};

/// The stages in the order of work. Reads eval.config where an arm samples; throws as load_generation_config.
std::vector<CompareStage> plan_stages(const CompareConfig& config);

std::filesystem::path arm_folder(const CompareConfig& config, const ArmConfig& arm, int64_t seed);
std::filesystem::path samples_folder(const CompareConfig& config, const ArmConfig& arm, int64_t seed);
std::filesystem::path eval_folder(const CompareConfig& config, const ArmConfig& arm, int64_t seed);
/// The model that the arms of this seed start from.
std::string base_model(const CompareConfig& config, int64_t seed);
/// The model that is tested.
std::string final_model(const CompareConfig& config, const ArmConfig& arm, int64_t seed);
/// Seeds that are tested: one for a prompt arm of a fixed base, which is the same model every time.
std::vector<int64_t> seeds_of(const CompareConfig& config, const ArmConfig& arm);

/// eval.config with the overrides of the comparison, then of the set (if not null), then of the arm; also the file and groups of the set.
TrainConfig eval_config_of(const CompareConfig& config, const ArmConfig& arm, const EvalSetConfig* set);

}  // namespace hone
