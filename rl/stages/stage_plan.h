// A pipeline of runs as one file: stages in order, each a command of hone with its inputs.
//
//   {"output_dir": "runs/r1",
//    "stages": [
//      {"name": "cold_start", "kind": "sft", "config": "cold_start.json", "set": {"run.max_steps": 100}},
//      {"name": "samples", "kind": "generate", "inputs": ["@cold_start/final"], "options": {"file": "@/problems.jsonl", "n": 4}}]}
//
// kind sft, train, distill: `hone KIND CONFIG` with run.output_dir = OUTPUT_DIR/NAME and --resume. kind generate, filter:
// `hone generate INPUTS` and `hone data filter INPUTS`, with --output OUTPUT_DIR/NAME/rows.jsonl.
// A text that begins with "@NAME/" (an earlier stage) is a path in that stage's folder, with "@/" one beside the pipeline's file.
//
// Thread rule: pure functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rl/stages/stage_runner.h"

namespace hone {

struct StagePlan {
  std::string name;
  std::filesystem::path output_dir;  // taken from the working directory
  std::vector<Stage> stages;
};

/// `overrides`: "STAGE.section.key=value", for a run's config, or "STAGE.option=value"; "output_dir=..." for the whole. Throws
/// invalid_argument naming the stage and field: an unknown key or kind, a name twice, an input of no earlier stage, a config that is absent.
StagePlan load_stage_plan(const std::filesystem::path& file, const std::vector<std::string>& overrides);

/// Numbered lines: what each stage runs.
std::string to_text(const StagePlan& plan);

}  // namespace hone
