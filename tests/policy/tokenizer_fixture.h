// Small tokenizer files for tests, built in memory.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "policy/tokenizer.h"
#include "proto/base/error.h"

namespace hone::test {

/// Byte-level BPE: the 256 byte symbols as ids 0..255, then one token a merge ("a b" over byte symbols), no added
/// tokens, pre-tokenizer and decoder ByteLevel, GPT-2's regular expression.
nlohmann::json byte_level_file(const std::vector<std::string>& merges = {});

/// One entry of "added_tokens" with all flags false.
nlohmann::json added_token(int id, const std::string& content);

/// A Split pre-tokenizer.
nlohmann::json split_step(const std::string& regex, const std::string& behavior = "Isolated", bool invert = false);

std::unique_ptr<Tokenizer> load(const nlohmann::json& file);

/// Texts of the ids of `text`, one by one.
std::vector<std::string> pieces(const Tokenizer& tokenizer, std::string_view text);

/// Message of the Error that loading throws, "" if it loads; checks the code.
std::string load_error(const nlohmann::json& file, ErrorCode code);

}  // namespace hone::test
