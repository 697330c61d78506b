// A model on disk in the Hugging Face layout: config.json, generation_config.json, tokenizer.json (+
// tokenizer_config.json, chat_template.jinja), model.safetensors or model.safetensors.index.json with shards.
// Thread rule: free functions, no shared state. Nothing is unpickled: a .pt/.bin/.pth file is refused by name.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "policy/model_config.h"
#include "policy/weights.h"

namespace hone {

struct ModelFolder {
  std::filesystem::path path;
  ModelConfig config;
  std::string tokenizer_json;  // bytes of tokenizer.json, "" if there is none
};

/// Reads config, generation_config and tokenizer.json bytes, no weights. Throws not_found / invalid_argument naming
/// file and field.
ModelFolder open_model_folder(const std::filesystem::path& dir);

/// All weights widened to float32. Checks that every expected tensor is there once with its shape (a tied lm_head may
/// be present and is ignored, and so are rotary_emb.inv_freq buffers; other extra tensors are an error), and that
/// offsets, sizes and dtypes are consistent with the file.
WeightSet load_weights(const ModelFolder& folder);

/// Writes a complete folder that transformers loads: weights in `dtype` ("float32", "bfloat16", "float16"),
/// config.json, generation_config.json, and the tokenizer files copied from `tokenizer_source` (a model folder; may be
/// empty). Atomic: written to a temporary sibling directory, synced, renamed. An existing `dir` is replaced only when
/// it is empty or holds nothing but files of a model folder (failed_precondition otherwise). Throws invalid_argument
/// when weights and config disagree, or when a finite value does not fit float16; resource_exhausted when the disk is
/// full.
void save_model_folder(const std::filesystem::path& dir, const ModelConfig& config, std::span<const WeightView> weights,
                       const std::string& dtype, const std::filesystem::path& tokenizer_source);

}  // namespace hone
