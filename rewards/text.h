// Small string tools that the rules share. ASCII only where letters and spaces are concerned; bytes above 127 pass
// through.
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hone {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Without white space at both ends.
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
/// Content of the last <answer>...</answer>.
std::optional<std::string_view> last_answer_tag(std::string_view text);
/// Non-overlapping occurrences of a non-empty `part`.
std::size_t count_occurrences(std::string_view text, std::string_view part);
/// At most `max_bytes` bytes of `text` for a message: valid UTF-8, control characters and invalid bytes as '?', "..." where
/// cut.
std::string excerpt(std::string_view text, std::size_t max_bytes = 60);

}  // namespace hone
