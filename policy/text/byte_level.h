// The byte-level alphabet of GPT-2: each of the 256 bytes is written as one printable character, so that a vocabulary
// of strings can hold any bytes (a space is "Ġ", U+0120). Radford et al., "Language Models are Unsupervised Multitask
// Learners", 2019.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hone {

/// The character that stands for a byte, as UTF-8.
std::string_view byte_symbol(uint8_t byte);

/// Bytes written in the alphabet.
std::string to_byte_symbols(std::string_view bytes);

/// Appends the bytes that `token` stands for; a token with a character outside the alphabet stands for its own UTF-8
/// bytes.
void append_token_bytes(std::string_view token, std::string& out);

}  // namespace hone
