#include "rewards/words.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <array>

namespace hone {
namespace {

/// Decodes the character at `at` and moves behind it; negative for an invalid byte.
UChar32 next_character(std::string_view text, int64_t& at) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  UChar32 c = 0;
  U8_NEXT(bytes, at, size, c);
  return c;
}

}  // namespace

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  const auto end_word = [&](std::size_t end) {
    if (end > begin) words.push_back(text.substr(begin, end - begin));
  };
  for (int64_t at = 0; at < static_cast<int64_t>(text.size());) {
    const auto here = static_cast<std::size_t>(at);
    const UChar32 c = next_character(text, at);
    if (c < 0 || !u_isUWhiteSpace(c)) continue;
    end_word(here);
    begin = static_cast<std::size_t>(at);
  }
  end_word(text.size());
  return words;
}

int64_t length_of(const Completion& completion, LengthUnit unit) {
  if (unit == LengthUnit::tokens) return static_cast<int64_t>(completion.token_ids.size());
  if (unit == LengthUnit::words) return static_cast<int64_t>(words_of(completion.text).size());
  int64_t count = 0;
  for (int64_t at = 0; at < static_cast<int64_t>(completion.text.size()); ++count) next_character(completion.text, at);
  return count;
}

LengthUnit read_length_unit(Settings& settings) {
  static constexpr std::array<std::string_view, 3> kUnits{"tokens", "characters", "words"};
  const std::string unit = settings.choice("unit", kUnits, "tokens");
  return unit == "tokens" ? LengthUnit::tokens : unit == "characters" ? LengthUnit::characters : LengthUnit::words;
}

}  // namespace hone
