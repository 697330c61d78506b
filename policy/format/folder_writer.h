// Writes a model folder as a whole or not at all.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "policy/model_config.h"
#include "policy/weights.h"

namespace hone {

struct FolderFile {
  std::string name;  // plain file name
  std::string bytes;
};

/// config.json, generation_config.json, weights in `dtype`, and `files` (with a tokenizer_config.json for a tokenizer.json that comes
/// without one), in a temporary sibling directory that is
/// synced and then takes the place of `dir`. An existing `dir` is replaced only when it is empty or holds nothing but
/// files of a model folder (failed_precondition otherwise). Throws invalid_argument when weights and config disagree.
void write_model_folder(const std::filesystem::path& dir, const ModelConfig& config,
                        std::span<const WeightView> weights, const std::string& dtype,
                        const std::vector<FolderFile>& files);

/// Names of the tokenizer's files in a model folder.
std::span<const char* const> tokenizer_file_names();

}  // namespace hone
