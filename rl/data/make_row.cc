#include "rl/data/make_row.h"

#include <charconv>
#include <iostream>
#include <optional>
#include <string_view>

#include "proto/base/digest.h"
#include "proto/base/error.h"
#include "proto/base/file.h"

namespace hone {
namespace {

std::optional<int> integer(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

PhiloxStream row_stream(uint64_t seed, uint32_t kind, uint64_t row) {
  const PhiloxCounter r = philox4x32({static_cast<uint32_t>(row), static_cast<uint32_t>(row >> 32), kind, 0x44415441u}, philox_key(seed));
  return PhiloxStream((uint64_t{r[1]} << 32) | r[0], r[2]);
}

bool held_out_by_hash(std::string_view key) {
  return digest64(key) % 10 == 0;
}

int draw_between(PhiloxStream& random, int low, int high) {
  return low + static_cast<int>(random.next_below(static_cast<uint64_t>(high - low + 1)));
}

IntRange parse_range(const std::string& text, int least, int most, const std::string& option) {
  const std::size_t dots = text.find("..");
  const auto low = integer(std::string_view(text).substr(0, dots));
  const auto high = dots == std::string::npos ? low : integer(std::string_view(text).substr(dots + 2));
  if (!low || !high || *low > *high || *low < least || *high > most)
    throw Error(ErrorCode::invalid_argument, option + " " + text + ": must be N or LOW..HIGH within " + std::to_string(least) + ".." + std::to_string(most));
  return {*low, *high};
}

void fail_no_row(const std::string& what) {
  throw Error(ErrorCode::invalid_argument, "no " + what + " found within the limits given; widen them or ask for fewer");
}

void write_rows(const std::string& file, int64_t count, const std::function<std::string(int64_t row)>& line) {
  std::string text;
  for (int64_t row = 0; row < count; ++row) {
    text += line(row);
    text += '\n';
  }
  if (file == "-") std::cout << text;
  else write_file_atomic(file, text);
}

}  // namespace hone
