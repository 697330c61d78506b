// Words and lengths of a text.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "proto/base/trace.h"
#include "rewards/settings.h"

namespace hone {

/// What stands between white space (Unicode's White_Space), in order. Views into `text`.
std::vector<std::string_view> words_of(std::string_view text);

enum class LengthUnit : uint8_t { tokens, characters, words };

/// Sampled tokens (the stop token included), Unicode characters (an invalid byte counts as one), or words.
int64_t length_of(const Completion& completion, LengthUnit unit);

/// The setting "unit": "tokens", "characters" or "words".
LengthUnit read_length_unit(Settings& settings);

}  // namespace hone
