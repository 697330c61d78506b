// llama2.c's "legacy" checkpoints (karpathy/llama2.c export version 0) -> Hugging Face model folder.
//
//   i32 dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size (negative: the head is not the embedding), seq_len
//   f32 embedding, then for all layers at once: attention norm, wq, wk, wv, wo, ffn norm, w1, w2, w3; final norm;
//   two rotary tables [seq_len, head_dim/2] (skipped); the head, if it is not the embedding
//
// Its rotary pairs are adjacent rows, so q and k rows are reordered. Its tokenizer is a scored SentencePiece BPE, which
// tokenizer.json of a byte-level BPE cannot express: none is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "policy/format/import_report.h"

namespace hone {

/// Throws data_loss when the file's length is not the one that its header gives, invalid_argument for an impossible
/// header.
ImportReport import_llama2c(const std::filesystem::path& bin_path, const std::filesystem::path& out_dir,
                            const std::string& dtype = "float32");

/// The texts of a llama2.c tokenizer file (i32 longest; per token f32 score, i32 length, bytes), index = token id.
std::vector<std::string> read_llama2c_vocabulary(const std::filesystem::path& path);

}  // namespace hone
