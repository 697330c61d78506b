// GGUF -> Hugging Face model folder. Architectures llama, qwen2, qwen3 with byte-level BPE tokenizers
// (tokenizer.ggml.model gpt2). For another tokenizer model the folder has no tokenizer.json, and the report says so.
// Thread rule: free functions, no shared state.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "policy/format/folder_writer.h"
#include "policy/format/gguf.h"
#include "policy/format/import_report.h"
#include "policy/weights.h"

namespace hone {

/// Writes config.json, generation_config.json, weights, tokenizer.json, tokenizer_config.json and chat_template.jinja
/// to `out_dir` (see write_model_folder). Quantised weights are dequantised; float32 keeps their values exactly, hence
/// the default. Throws unimplemented naming the architecture, rope scaling, tensor type or pre-tokenizer that Hone does
/// not support.
ImportReport import_gguf(const std::filesystem::path& gguf_path, const std::filesystem::path& out_dir,
                         const std::string& dtype = "float32");

/// The parts of it. The config's torch_dtype is float32.
ModelConfig gguf_model_config(const GgufFile& file);
/// In canonical order under Hugging Face names, q and k rows of arch llama in half-split order. Throws for missing and
/// left-over tensors.
WeightSet gguf_weights(const GgufFile& file, const ModelConfig& config);
/// Files of the tokenizer; fills report.wrote_tokenizer and notes.
std::vector<FolderFile> gguf_tokenizer_files(const GgufFile& file, ImportReport& report);

}  // namespace hone
