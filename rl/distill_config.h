// The configuration of `hone distill`: a student learns, on its own samples, to write as a teacher does. The sections are those of
// `hone train` without grpo, with `teacher` besides; rewards are for evaluation alone. `hone distill --help-config` prints them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "rl/config.h"

namespace hone {

struct DistillSection {
  std::string teacher;
  int64_t num_generations = 1;
  int64_t prompts_per_step = 16;
};

struct DistillConfig {
  DistillSection distill;
  TrainConfig common;  // its grpo section is not used
};

/// The body that ConfigVisitor works on.
void visit(ConfigVisitor& v, DistillConfig& config);

/// Reads a file, applies overrides, resolves relative paths, validates across fields. Throws invalid_argument / not_found.
DistillConfig load_distill_config(const std::filesystem::path& file, const std::vector<std::string>& overrides);

nlohmann::ordered_json to_json(const DistillConfig& config);

}  // namespace hone
