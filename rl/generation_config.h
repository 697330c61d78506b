// What generation and scoring need of any run's configuration, whichever command the file is for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rl/config.h"

namespace hone {

/// Reads a config of hone train, hone sft or hone distill: prompts, sampling, rewards and evaluation are the same sections. Errors as
/// load_train_config.
TrainConfig load_generation_config(const std::filesystem::path& file, const std::vector<std::string>& overrides);

}  // namespace hone
